package dev.hyperfleet.cli;

import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** A machine's console. */
@Command(name = "logs", description = "Print a machine's console, as its guest has written it.")
final class LogsCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Option(
            names = {"-f", "--follow"},
            description = "Follow new output.")
    private boolean follow;

    @Option(
            names = {"-n", "--tail"},
            paramLabel = "LINES",
            description = "At most this many lines from the end.")
    @Nullable
    private Integer tail;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description = "Only output that is not older (90s, 30m, 12h), or from a time on (2026-01-31T12:00:00Z).")
    @Nullable
    private String since;

    @Option(names = "--raw", description = "The raw bytes. Without this option, they cannot control a terminal.")
    private boolean raw;

    @Override
    public Integer call() {
        ApiClient client = ApiClient.fromEnvironment();
        StringBuilder path = new StringBuilder("/machines/%s/logs?follow=%s".formatted(ApiClient.id(machine), follow));
        if (tail != null) {
            path.append("&tail=").append(tail);
        }
        if (since != null) {
            path.append("&since=").append(ApiClient.encode(time(since)));
        }
        // As events: their heartbeats tell each side that the other is still connected.
        try (TerminalFilter filter = new TerminalFilter(StandardStreams.OUT::write)) {
            Consumer<byte[]> print = raw ? StandardStreams.OUT::write : filter::print;
            ServerSentEvents.read(client.stream(path.toString(), "text/event-stream"), (event, data) -> {
                if (event.equals("log")) {
                    print.accept(RemoteProcess.bytes(data));
                }
            });
        }
        return 0;
    }

    /** A time ago as a time; a time stays as it is, and the server judges it. */
    private static String time(String text) {
        try {
            return Instant.now().minus(new Units.Time().convert(text)).toString();
        } catch (TypeConversionException notAgo) {
            return text;
        }
    }
}
