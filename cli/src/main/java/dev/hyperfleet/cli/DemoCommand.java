package dev.hyperfleet.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Demonstrates the product: starts a temporary server, and through its public API creates a machine, starts it, runs a
 * command in it, stops it and deletes it. Leaves nothing behind.
 */
@Command(
        name = "demo",
        description = "Start a temporary server, take one machine through its whole life, and leave nothing behind.")
public final class DemoCommand implements Callable<Integer> {
    private static final String NAME = "demo";
    private static final int EXEC_TIMEOUT_SECONDS = 30;

    /** A server that trains the JVM writes a cache when it ends, on a busy host for more than a minute. */
    private static final int SERVER_STOP_SECONDS = 300;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--also",
            hidden = true,
            paramLabel = "COMMAND",
            split = " ",
            description = "A command to run against the server while the machine runs: it trains the JVM.")
    private List<String> also = List.of();

    private final String launcher;

    /**
     * A demo of this server.
     *
     * @param launcher the program that starts one
     */
    public DemoCommand(String launcher) {
        this.launcher = launcher;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path state = Files.createTempDirectory("hyperfleet-demo-");
        Optional<Process> started = Optional.empty();
        try {
            output().say("starting a server; the first one on a host tries for some seconds whether KVM works");
            long began = System.nanoTime();
            String key = createKey(state);
            Process process = builder(state, "serve").redirectErrorStream(true).start();
            started = Optional.of(process);
            String url = url(process);
            ApiClient client = new ApiClient(url, Optional.of(key), Optional.empty());
            say("server ready", began);
            ProcessBuilder command = builder(state, also.toArray(String[]::new)).inheritIO();
            command.environment().putAll(Map.of("HYPERFLEET_URL", url, "HYPERFLEET_TOKEN", key));
            run(client, command);
        } finally {
            if (started.isPresent()) {
                stop(started.get());
            }
            remove(state);
        }
        output().text("Nothing is left of this. To go on:");
        output().text("  hyperfleet serve               the server; then, in another terminal:");
        output().text("  hyperfleet run -it bash        a machine to look around in");
        return 0;
    }

    /** Other users of this host can reach the server, too: only the demo has a key. */
    private String createKey(Path state) throws IOException, InterruptedException {
        Process process = builder(state, "keys", "create", NAME)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String key = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (process.waitFor() != 0) {
            throw new CliException(CliException.REFUSED, "No API key could be created for the demo");
        }
        return key;
    }

    /** Its state is separate from a server on the same home; the images are shared. */
    private ProcessBuilder builder(Path state, String... arguments) {
        ProcessBuilder builder = new ProcessBuilder(
                Stream.concat(Stream.of(launcher), Stream.of(arguments)).toList());
        Map<String, String> environment = builder.environment();
        Path home = Path.of(environment.getOrDefault("HYPERFLEET_HOME", ".hyperfleet"))
                .toAbsolutePath();
        Path images = home.resolve("images");
        environment.putIfAbsent(
                "HYPERFLEET_KERNEL_IMAGE_PATH", images.resolve("vmlinux").toString());
        environment.putIfAbsent(
                "HYPERFLEET_INITRD_PATH", images.resolve("initramfs").toString());
        environment.putIfAbsent(
                "HYPERFLEET_ROOTFS_PATH", images.resolve("debian.ext4").toString());
        environment.putIfAbsent(
                "HYPERFLEET_SCRATCH_PATH", images.resolve("scratch.ext4").toString());
        environment.putIfAbsent("HYPERFLEET_SHIM_PATH", home.resolve("bin/shim").toString());
        environment.remove("DATABASE_PATH");
        environment.putIfAbsent(
                "HYPERFLEET_PROBE_DIR", home.resolve("host-probe").toString());
        environment.put("HYPERFLEET_HOME", state.toString());
        environment.put("HYPERFLEET_SOCKET_DIR", state.toString());
        environment.put("HYPERFLEET_HOST", "127.0.0.1");
        environment.put("HYPERFLEET_LOG", "json"); // it is read here
        environment.put("PORT", "0");
        environment.put("PROXY_PORT", "0");
        environment.put("DISABLE_AUTH", "false");
        return builder;
    }

    /** The server logs where it listens. */
    private static String url(Process process) throws IOException {
        BufferedReader log =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        List<String> said = new ArrayList<>();
        @Nullable String line;
        while ((line = log.readLine()) != null) {
            said.add(line);
            Optional<String> url = urlIn(line);
            if (url.isPresent()) {
                Thread.ofVirtual().start(() -> drain(log));
                return url.get();
            }
        }
        throw new CliException(CliException.REFUSED, "The server did not start:\n" + String.join("\n", said));
    }

    /** Otherwise the server would block on a full pipe. */
    private static void drain(BufferedReader log) {
        try {
            log.transferTo(Writer.nullWriter());
        } catch (IOException ended) {
            // The server has been stopped.
        }
    }

    private static Optional<String> urlIn(String line) {
        try {
            JsonNode url = JsonMapper.shared().readTree(line).path("url");
            if (url.isString()) {
                return Optional.of(url.asString());
            }
        } catch (JacksonException notJson) {
            // The JVM writes messages, too.
        }
        return Optional.empty();
    }

    private void run(ApiClient client, ProcessBuilder command) throws IOException, InterruptedException {
        JsonNode health = client.health();
        output().text("  %s, %s: %s"
                .formatted(
                        health.get("vmm").asString(),
                        health.get("acceleration").asString(),
                        health.get("vmm_reason").asString()));
        String id = create(client);
        step("start (cold, to the guest's first response)", () -> client.command(id, "start"));
        exec(client, id, "uname", "-a");
        exec(client, id, "cat", "/etc/os-release");
        if (!also.isEmpty()) {
            command.start().waitFor();
        }
        step("stop (the guest powers off)", () -> client.command(id, "stop"));
        step("delete", () -> delete(client, id, false));
        String next = create(client);
        long began = System.nanoTime();
        boolean warm =
                client.command(next, "start").path("started_from").asString("").equals("boot-snapshot");
        say(warm ? "start (warm: it continues from the boot of the first one)" : "start (cold)", began);
        step("delete, with its guest", () -> delete(client, next, true));
    }

    private String create(ApiClient client) {
        return step("create", () -> client.create(Map.of("name", NAME, "vcpu_count", 1, "mem_size_mib", 256)))
                .get("id")
                .asString();
    }

    private static boolean delete(ApiClient client, String id, boolean force) {
        client.delete(id, force);
        return true;
    }

    private void exec(ApiClient client, String id, String... command) {
        String line = String.join(" ", command);
        Map<String, Object> body = Map.of("command", List.of(command), "timeout", EXEC_TIMEOUT_SECONDS);
        JsonNode result = step("exec " + line, () -> client.exec(id, body, EXEC_TIMEOUT_SECONDS));
        result.get("stdout").asString().lines().forEach(text -> output().text("    " + text));
        if (result.get("exit_code").asInt() != 0) {
            throw new CliException(CliException.REFUSED, "'%s' failed in the guest".formatted(line));
        }
    }

    private <T> T step(String what, Supplier<T> step) {
        long began = System.nanoTime();
        T result = step.get();
        say(what, began);
        return result;
    }

    private void say(String what, long began) {
        long milliseconds = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
        output().text("%6d ms  %s".formatted(milliseconds, what));
    }

    private Output output() {
        return new Output(spec.commandLine());
    }

    private static void stop(Process process) throws InterruptedException {
        process.toHandle().destroy(); // Process.destroy would close the pipe of its log as well
        if (!process.waitFor(SERVER_STOP_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    private static void remove(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
