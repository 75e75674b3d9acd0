package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command, as people and scripts use it. */
@ExtendWith(SharedServer.class)
class CliTest {
    private final Shared shared;

    @TempDir
    Path state;

    CliTest(Shared shared) {
        this.shared = shared;
    }

    @Test
    void aMachinesLifeFromTheCommandLine() {
        assertThat(machine("create", "cli", "--memory", "192", "--port", "80,443")
                        .output())
                .contains("NAME", "cli", "pending", "192m", "80,443");
        assertThat(machine("start", "cli").output()).contains("running");
        Cli.Result exec = machine("exec", "cli", "--", "sh", "-c", "echo out; echo err >&2; exit 3");
        assertThat(exec.exitCode()).isEqualTo(3);
        assertThat(exec.output().lines()).containsExactlyInAnyOrder("out", "err"); // they come through two pipes
        assertThat(machine(
                        "exec",
                        "cli",
                        "-e",
                        "A=b c",
                        "--cwd",
                        "/tmp",
                        "-u",
                        "nobody",
                        "--",
                        "sh",
                        "-c",
                        "echo $A $(pwd) $(id -un)"))
                .isEqualTo(new Cli.Result(0, "b c /tmp nobody"));
        Cli.Result late = machine("exec", "cli", "--timeout", "1", "--", "sleep", "60");
        assertThat(late).isEqualTo(new Cli.Result(124, "hyperfleet: the command was killed at its timeout"));
        assertThat(machine("wait", "cli", "--status", "running,stopped").exitCode())
                .isZero();
        assertThat(machine("ls", "--status", "running").output()).contains("cli", "shared");
        assertThat(JsonMapper.shared()
                        .readTree(machine("get", "cli", "--json").output())
                        .get("status")
                        .asString())
                .isEqualTo("running");
        assertThat(machine("rm", "cli"))
                .isEqualTo(new Cli.Result(
                        1,
                        "hyperfleet: Cannot delete machine in 'running' state. Stop it first, or remove it with: "
                                + "hyperfleet rm -f cli"));
        assertThat(machine("restart", "cli").output()).contains("running");
        assertThat(machine("stop", "cli").output()).contains("stopped");
        assertThat(machine("rm", "cli")).isEqualTo(new Cli.Result(0, ""));
        assertThat(machine("get", "cli"))
                .isEqualTo(new Cli.Result(1, "hyperfleet: There is no machine 'cli'. 'hyperfleet ls' lists all."));
    }

    @Test
    void everydayCommandsNeedNoMoreWordsThanOtherProgramsDo() {
        assertThat(hyperfleet("run", "-d", "--name", "daily", "-m", "192m", "-p", "80"))
                .isEqualTo(new Cli.Result(0, "daily"));
        assertThat(hyperfleet("ps").output()).startsWith("NAME").contains("daily", "192m");
        assertThat(hyperfleet("ls", "-o", "name").output().lines()).contains("daily");
        String id = JsonMapper.shared()
                .readTree(hyperfleet("inspect", "daily", "-o", "json").output())
                .get("id")
                .asString();
        assertThat(hyperfleet("ls", "-q").output().lines()).contains(id);
        assertThat(hyperfleet("exec", "daily", "ls", "-d", "/etc")).isEqualTo(new Cli.Result(0, "/etc"));
        assertThat(hyperfleet("start", "daily").exitCode())
                .as("a start of what runs")
                .isZero();
        assertThat(hyperfleet("describe", "daily").output())
                .contains("Status:   running", "Ports:    80", "Owner:    all", "Events:");
        assertThat(hyperfleet("stats", "daily", "--no-stream").output()).contains("daily", "MEMORY", "MiB / ");
        assertThat(hyperfleet("events", "daily", "-n", "1").output())
                .hasLineCount(1)
                .contains("running");
        assertThat(hyperfleet("stop", "daily", "daily").exitCode()).isZero();
        assertThat(hyperfleet("restart", "daily").output())
                .as("of what is stopped")
                .contains("running");
        assertThat(hyperfleet("rm", "-f", "daily", "daily")).isEqualTo(new Cli.Result(0, ""));
    }

    @Test
    void aStatusTellsWhyACommandDidNotRun() {
        assertThat(hyperfleet("exec", "shared", "no-such-program"))
                .isEqualTo(new Cli.Result(127, "hyperfleet: program 'no-such-program' was not found in the machine"));
        assertThat(hyperfleet("exec", "shared", "/etc/passwd").exitCode()).isEqualTo(126);
        assertThat(hyperfleet("exec", "-u", "nobody-here", "shared", "true").exitCode())
                .isEqualTo(125);
        assertThat(hyperfleet("exec", "no-such-machine", "true").exitCode()).isEqualTo(125);
        assertThat(hyperfleet("exec", "--no-such-option", "shared", "true"))
                .isEqualTo(new Cli.Result(
                        125, "hyperfleet: There is no option '--no-such-option'. See 'hyperfleet exec --help'."));
        assertThat(hyperfleet("wait", "shared", "--status", "stopped", "--timeout", "1s")
                        .exitCode())
                .isEqualTo(124);
        assertThat(hyperfleet("delte", "x"))
                .isEqualTo(new Cli.Result(
                        2, "hyperfleet: There is no command 'delte'. Did you mean 'delete'? See 'hyperfleet --help'."));
        assertThat(hyperfleet("create", "x", "--memory", "much").output())
                .contains("--memory", "'much' is no amount of memory, such as 512m or 1g")
                .hasLineCount(1);
    }

    @Test
    void bytesArePipedIntoAFileOfAMachineAndOutOfIt() {
        byte[] bytes = "piped\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        Map<String, String> settings = Cli.settings(shared.server(), shared.key());
        assertThat(Cli.run(shared.server().state, settings, bytes, "cp", "-", "shared:piped"))
                .isEqualTo(new Cli.Result(0, ""));
        assertThat(hyperfleet("cp", "shared:/root/piped", "-").output())
                .isEqualTo(new String(bytes, StandardCharsets.UTF_8).strip());
        assertThat(hyperfleet("cp", "shared:/a", "shared:/b").output()).contains("Both are in a machine");
    }

    @Test
    void aServerAndItsKeyAreKeptForLaterCommands(@TempDir Path configuration) throws IOException {
        Map<String, String> settings = Map.of("XDG_CONFIG_HOME", configuration.toString(), "HYPERFLEET_URL", "");
        byte[] key = shared.key().getBytes(StandardCharsets.UTF_8);
        assertThat(Cli.run(state, settings, key, "login", shared.server().url).exitCode())
                .isZero();
        assertThat(Cli.run(state, settings, "ls", "-o", "name").output()).contains("shared");
        Path file = configuration.resolve("hyperfleet/contexts.json");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(Cli.run(state, settings, new byte[] {'x'}, "login", "--name", "wrong", shared.server().url)
                        .output())
                .contains("A valid API key is required");
        assertThat(Cli.run(state, settings, "context", "ls").output())
                .contains("* default")
                .doesNotContain("wrong");
        assertThat(Cli.run(state, settings, "context", "use", "nowhere").output())
                .contains("There is no context 'nowhere'");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        assertThat(Cli.run(state, settings, "ls").output()).contains("chmod 600");
    }

    @Test
    void onTheServersOwnHostNoKeyIsNeeded(@TempDir Path configuration) {
        Map<String, String> settings = Map.of("XDG_CONFIG_HOME", configuration.toString());
        assertThat(Cli.run(shared.server().state, settings, "ls", "-o", "name").output())
                .contains("shared");
    }

    @Test
    void aShellCompletesCommandsOptionsAndMachines() {
        assertThat(hyperfleet("completion", "--words", "--", "sta").output().lines())
                .containsExactly("start", "stats", "status");
        assertThat(hyperfleet("completion", "--words", "--", "exec", "sha").output())
                .isEqualTo("shared");
        assertThat(hyperfleet("completion", "--words", "--", "ls", "--st").output())
                .isEqualTo("--status");
        assertThat(hyperfleet("completion", "bash").output()).contains("complete -o default -F _hyperfleet");
    }

    private Cli.Result hyperfleet(String... arguments) {
        return Cli.run(shared.server(), shared.key(), arguments);
    }

    @Test
    void whatAMachineDoesByItselfIsSaidAndChangedFromTheCommandLine() {
        machine("create", "settled", "--port", "80", "--restart", "on-failure:5", "--ttl", "3600");
        assertThat(settled()).containsEntry("exposed_ports", "[80]").containsEntry("autostart", "false");
        Cli.Result changed = machine(
                "configure",
                "settled",
                "--port",
                "80",
                "--public-port",
                "443",
                "--autostop",
                "pause",
                "--idle-timeout",
                "9",
                "--autostart");
        assertThat(changed.exitCode()).as(changed.output()).isZero();
        assertThat(settled())
                .containsEntry("exposed_ports", "[80,443]")
                .containsEntry("public_ports", "[443]")
                .containsEntry("autostop", "\"pause\"")
                .containsEntry("idle_timeout", "9")
                .containsEntry("autostart", "true")
                .hasEntrySatisfying(
                        "restart",
                        policy -> assertThat(policy).startsWith("{\"policy\":\"on-failure\",\"max_retries\":5,"));
        assertThat(machine("configure", "settled", "--no-ports", "--no-autostart")
                        .exitCode())
                .isZero();
        assertThat(settled()).containsEntry("exposed_ports", "[]").containsEntry("autostart", "false");
        assertThat(machine("configure", "settled", "--public-port", "70000").exitCode())
                .isEqualTo(1);
        assertThat(machine("configure", "settled")).satisfies(nothing -> {
            assertThat(nothing.exitCode()).isEqualTo(2);
            assertThat(nothing.output()).contains("nothing to change");
        });
        machine("rm", "settled");
    }

    private Map<String, String> settled() {
        Map<String, String> settings = new HashMap<>();
        JsonMapper.shared()
                .readTree(machine("get", "settled", "--json").output())
                .properties()
                .forEach(property ->
                        settings.put(property.getKey(), property.getValue().toString()));
        return settings;
    }

    @Test
    void nobodyCanTakeAMachinesIdByCallingAnotherLikeIt() {
        machine("create", shared.runningId());
        assertThat(machine("get", shared.runningId()).output()).contains("shared");
        String shadow = JsonMapper.shared()
                .readTree(machine("ls", "--status", "pending", "--json").output())
                .get("machines")
                .get(0)
                .get("id")
                .asString();
        assertThat(machine("rm", shadow).exitCode()).isZero();
    }

    @Test
    void withoutAServerOrAKeyItSaysWhatToDo() {
        Cli.Result noServer = Cli.run(state, Map.of("HYPERFLEET_URL", "http://127.0.0.1:1"), "machine", "ls");
        assertThat(noServer.exitCode()).isEqualTo(3);
        assertThat(noServer.output())
                .startsWith("hyperfleet: No answer from http://127.0.0.1:1")
                .contains("hyperfleet serve");
        Cli.Result noKey = Cli.run(shared.server(), "", "machine", "ls");
        assertThat(noKey.exitCode()).isEqualTo(1);
        assertThat(noKey.output()).contains("A valid API key is required").endsWith("HYPERFLEET_TOKEN is not set.");
        assertThat(machine("create").exitCode()).isEqualTo(2);
    }

    @Test
    void helpShowsEveryCommand() {
        assertThat(Cli.run(state, "--help").output()).contains("demo", "serve", "doctor", "keys", "machine", "events");
        assertThat(Cli.run(state, "machine", "--help").output())
                .contains(
                        "create",
                        "ls",
                        "describe",
                        "start",
                        "wait",
                        "exec",
                        "run",
                        "cp",
                        "logs",
                        "stop",
                        "restart",
                        "rm",
                        "HYPERFLEET_URL");
    }

    @Test
    void theVersionIsThatOfTheApisDescription() throws Exception {
        String version = Cli.run(state, "--version").output();
        assertThat(version).matches("hyperfleet \\d+\\.\\d+\\.\\d+");
        assertThat(Cli.run(state, "version").output()).isEqualTo(version);
        assertThat(JsonMapper.shared()
                        .readTree(Cli.run(state, "version", "--json").output())
                        .get("version")
                        .asString())
                .isEqualTo(version.replace("hyperfleet ", ""));
        assertThat(Files.readString(TestHome.PROJECT.resolve("docs/openapi.yaml")))
                .contains(version.replace("hyperfleet", "\n  version:") + "\n");
    }

    @Test
    void whatIsPipedIntoACommandComesOutOfIt() {
        String text = "a line of text\n".repeat(100_000);
        Cli.Result piped = Cli.run(
                shared.server().state,
                Cli.settings(shared.server(), shared.key()),
                text.getBytes(StandardCharsets.UTF_8),
                "machine",
                "exec",
                "-i",
                "shared",
                "--",
                "cat");
        assertThat(piped.exitCode()).isZero();
        assertThat(piped.output()).isEqualTo(text.strip());
    }

    @Test
    void execWithATerminalIsATerminal() throws Exception {
        assumeTrue(Program.find("script").isPresent(), "script, which makes a terminal, is not on the PATH");
        // script gives the command a terminal, and types its standard input.
        ProcessBuilder builder = new ProcessBuilder(
                        "script",
                        "-qec",
                        "stty rows 33 cols 111; exec '" + TestHome.LAUNCHER + "' machine exec -it shared -- sh",
                        "/dev/null")
                .redirectErrorStream(true);
        builder.environment().putAll(TestHome.environment(shared.server().state));
        builder.environment().putAll(Cli.settings(shared.server(), shared.key()));
        Process process = builder.start();
        StringBuilder seen = new StringBuilder();
        var output = process.inputReader(StandardCharsets.UTF_8);
        var input = process.outputWriter(StandardCharsets.UTF_8);
        awaitText(output, seen, "# ");
        input.write("stty size\r");
        input.flush();
        awaitText(output, seen, "33 111");
        // Not the echo of the typed text: the command itself must print it, and thus has the terminal. It must be the
        // process that Ctrl-C is meant for: a shell's next one might not exist yet when it arrives.
        input.write("sh -c \"echo re''ady; exec sleep 1000\"\r");
        input.flush();
        awaitText(output, seen, "ready");
        input.write("\u0003");
        input.flush();
        awaitText(output, seen, "# "); // input typed before that is discarded with the signal
        input.write("exit 9\r");
        input.flush();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(seen.toString()).isTrue();
        assertThat(process.exitValue()).as(seen.toString()).isEqualTo(9);
    }

    private static void awaitText(Reader output, StringBuilder seen, String wanted) throws IOException {
        int from = seen.length();
        while (seen.indexOf(wanted, from) < 0) {
            int one = output.read();
            assertThat(one).as(seen.toString()).isNotNegative();
            seen.append((char) one);
        }
    }

    @Test
    void filesAndFoldersAreCopiedBothWays(@TempDir Path folder) throws IOException {
        byte[] bytes = new byte[300_000];
        new Random(4).nextBytes(bytes);
        Path file = Files.write(folder.resolve("file.bin"), bytes);
        assertThat(machine("cp", file.toString(), "shared:/root/")).isEqualTo(new Cli.Result(0, ""));
        assertThat(machine("cp", "shared:/root/file.bin", folder.resolve("back").toString()))
                .isEqualTo(new Cli.Result(0, ""));
        assertThat(folder.resolve("back")).hasBinaryContent(bytes);
        Path tree = Files.createDirectories(folder.resolve("tree/deep"));
        Files.writeString(tree.resolve("leaf"), "leaf");
        Files.createSymbolicLink(tree.resolve("link"), Path.of("leaf"));
        assertThat(machine("cp", folder.resolve("tree").toString(), "shared:/root/tree"))
                .isEqualTo(new Cli.Result(0, ""));
        assertThat(machine("cp", "shared:/root/tree", folder.resolve("tree2").toString()))
                .isEqualTo(new Cli.Result(0, ""));
        assertThat(folder.resolve("tree2/deep/leaf")).hasContent("leaf");
        assertThat(Files.readSymbolicLink(folder.resolve("tree2/deep/link"))).isEqualTo(Path.of("leaf"));
        assertThat(machine("cp", "shared:/none", folder.toString()).exitCode()).isEqualTo(1);
        assertThat(machine("cp", "a", "b").output()).contains("One of the two must be in a machine");
    }

    @Test
    void aMachineForOneCommandIsGoneWithIt() {
        Cli.Result run = machine("run", "--name", "for-one", "--", "sh", "-c", "echo in it; exit 4");
        assertThat(run).isEqualTo(new Cli.Result(4, "in it"));
        assertThat(machine("get", "for-one").exitCode()).isEqualTo(1);
        assertThat(Cli.run(shared.server(), shared.key(), "events").output())
                .containsPattern("for-one +running +by all")
                .containsPattern("for-one +deleted +by all");
        assertThat(machine("logs", "--tail", "1", "shared").exitCode()).isZero();
    }

    @Test
    void theDoctorFindsThisHostFit() {
        Cli.Result doctor = Cli.run(state, "doctor");
        assertThat(doctor.output()).contains("qemu", "network", "acceleration").doesNotContain("fail ");
        assertThat(doctor.exitCode()).isZero();
    }

    @Test
    void theDoctorSaysWhatIsMissingAndWhatMendsIt() {
        Cli.Result doctor = Cli.run(state, Map.of("HYPERFLEET_ROOTFS_PATH", "/no/root.ext4"), "doctor");
        assertThat(doctor.exitCode()).isEqualTo(1);
        assertThat(doctor.output()).containsPattern("fail +root +/no/root.ext4 cannot be read +→ hyperfleet setup");
    }

    @Test
    void theDoctorSaysWhoHasThePort() throws IOException {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(other.getLocalPort());
            Cli.Result taken = Cli.run(state, Map.of("PORT", port, "PROXY_PORT", urlPort()), "doctor");
            assertThat(taken.exitCode()).isEqualTo(1);
            assertThat(taken.output())
                    .containsPattern(
                            "fail +port +127.0.0.1 port %s is taken by another program.*set PORT".formatted(port))
                    .containsPattern("fail +proxy port +another Hyperfleet server listens on .*set PROXY_PORT");
        }
        Cli.Result own = Cli.run(shared.server().state, Map.of("PORT", urlPort()), "doctor");
        assertThat(own.output()).containsPattern("ok +port +the server of this home listens on");
    }

    private String urlPort() {
        return String.valueOf(URI.create(shared.server().url).getPort());
    }

    @Test
    void theDoctorsLevelsAreForProgramsToo() {
        Cli.Result doctor = Cli.run(state, "doctor", "--json");
        List<String> levels = JsonMapper.shared().readTree(doctor.output()).findValuesAsString("level");
        assertThat(levels).isNotEmpty().allMatch(List.of("ok", "warn")::contains);
        JsonNode acceleration = JsonMapper.shared()
                .readTree(doctor.output())
                .valueStream()
                .filter(finding -> finding.get("check").asString().equals("acceleration"))
                .findFirst()
                .orElseThrow();
        boolean emulates = acceleration.get("detail").asString().contains("emulates");
        assertThat(acceleration.get("level").asString()).isEqualTo(emulates ? "warn" : "ok");
        assertThat(acceleration.get("remedy").asString().isEmpty()).isEqualTo(!emulates);
    }

    @Test
    void theDemoShowsARealMachineAndLeavesNothing() {
        Cli.Result demo = Cli.run(state, "demo");
        assertThat(demo.output())
                .contains(
                        "server ready", "create", "start", "uname -a", "Linux demo", "PRETTY_NAME=", "stop", "delete");
        assertThat(demo.exitCode()).isZero();
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse(""))
                        .filter(line -> line.contains("hyperfleet-demo-")))
                .isEmpty();
    }

    private Cli.Result machine(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "machine";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Cli.run(shared.server(), shared.key(), command);
    }
}
