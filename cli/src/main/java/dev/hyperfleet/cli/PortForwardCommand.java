package dev.hyperfleet.cli;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Forwards a port of this computer to a machine's port. */
@Command(
        name = "port-forward",
        description = {
            "Listen on a port of this computer, and forward each connection to a port of the machine.",
            "The machine must expose it. Ends with Ctrl-C."
        })
final class PortForwardCommand implements Callable<Integer> {
    private static final Pattern PORTS = Pattern.compile("(?:([0-9]{1,5}):)?([1-9][0-9]{0,4})");
    private static final int MAX_PORT = 65535;

    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(paramLabel = "[LOCAL:]REMOTE", description = "A local port of 0 picks a free one.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String ports;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Where to listen (default ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String address;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        Matcher matcher = PORTS.matcher(ports);
        if (!matcher.matches()) {
            throw new ParameterException(spec.commandLine(), "'%s' is not like 8080:80".formatted(ports));
        }
        int remote = port(matcher.group(2));
        @Nullable String given = matcher.group(1);
        int local = given == null ? remote : port(given);
        ApiClient client = ApiClient.fromEnvironment();
        String path = "/machines/%s/ports/%d/connect".formatted(client.id(machine), remote);
        try (HttpClient http = HttpClient.newHttpClient();
                ServerSocket listener = new ServerSocket(local, 0, InetAddress.getByName(address))) {
            new Output(spec.commandLine())
                    .text("%s:%d forwards to %s:%d".formatted(address, listener.getLocalPort(), machine, remote));
            while (true) {
                Socket accepted = listener.accept();
                Thread.startVirtualThread(() -> forward(client, http, path, accepted));
            }
        } catch (UnknownHostException unknown) {
            throw new CliException(CliException.REFUSED, "'%s' is not an address of this computer.".formatted(address));
        } catch (IOException taken) {
            throw new CliException(
                    CliException.REFUSED,
                    ("Cannot listen on port %d of %s: it is in use, or this user may not use it. Choose another: "
                                    + "LOCAL:REMOTE.")
                            .formatted(local, address));
        }
    }

    private int port(String text) {
        int port = Integer.parseInt(text);
        if (port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "a port is at most " + MAX_PORT);
        }
        return port;
    }

    private void forward(ApiClient client, HttpClient http, String path, Socket accepted) {
        try (accepted) {
            ForwardedConnection.carry(client, http, path, accepted);
        } catch (CliException broken) {
            new Output(spec.commandLine()).say(String.valueOf(broken.getMessage()));
        } catch (IOException broken) {
            // The local client has disconnected.
        }
    }
}
