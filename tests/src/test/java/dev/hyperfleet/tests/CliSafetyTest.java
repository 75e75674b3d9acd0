package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Guests and other clients cannot harm the terminal or the files of a user of the command line. */
@ExtendWith(SharedServer.class)
class CliSafetyTest {
    private static final String ESCAPES = "\\033]0;PWNED\\007\\033[31mred\\033[2J\\302\\233x\\342\\200\\256abc";

    private final Shared shared;

    CliSafetyTest(Shared shared) {
        this.shared = shared;
    }

    private Cli.Result machine(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "machine";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        return Cli.run(shared.server(), shared.key(), command);
    }

    @Test
    void aConsoleHasNoPowerOverATerminal() {
        machine(
                "exec",
                "shared",
                "--",
                "sh",
                "-c",
                "printf '%s\\nfor-the-console\\n' > /dev/console".formatted(ESCAPES));
        Cli.Result shown = machine("logs", "shared");
        assertThat(shown.output())
                .contains("for-the-console", "\ufffd]0;PWNED\ufffdred\ufffdx\ufffdabc")
                .doesNotContain("\u001b", "\u0007", "\u009b", "\u202e");
        assertThat(machine("logs", "--raw", "shared").output()).contains("\u001b]0;PWNED\u0007\u001b[31mred");
    }

    @Test
    void anotherClientsTextHasNoPowerOverATerminal() {
        Api api = shared.api();
        Response created = api.post("/machines", Map.of("name", "leased", "vcpu_count", 1, "mem_size_mib", 128));
        String path = "/machines/" + created.field("id");
        for (String hostile : List.of("\u001b]0;PWNED\u0007", "a\nb", "a\u009bb", "a\u202eb", "a\u2028b")) {
            Response refused = api.post(path + "/lease", Map.of("ttl", 60, "description", hostile));
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.message()).startsWith("description must be one line");
        }
        String processes = "/machines/" + shared.runningId() + "/processes";
        assertThat(api.post(processes, Map.of("command", List.of("true"), "tag", "a\u001bb", "user", "a\nb"))
                        .message())
                .contains("tag must be one line", "user must be one line");
        assertThat(api.delete(path).status()).isEqualTo(204);
    }

    @Test
    void jsonOnATerminalIsTheSameValueWithoutPower() {
        Cli.Result json = machine("exec", "--json", "shared", "--", "printf", ESCAPES);
        assertThat(json.output()).doesNotContain("\u001b", "\u009b", "\u202e").contains("\\u202e");
        assertThat(JsonMapper.shared().readTree(json.output()).get("stdout").asString())
                .isEqualTo("\u001b]0;PWNED\u0007\u001b[31mred\u001b[2J\u009bx\u202eabc");
    }

    @Test
    void aFolderBringsNoDevicesNothingSetuidAndNoLinksThatLeadOut(@TempDir Path folder) throws IOException {
        machine(
                "exec",
                "shared",
                "--",
                "sh",
                "-c",
                "mkdir -p /root/trap/open && cd /root/trap && cp /bin/busybox rootsh && chmod 4755 rootsh"
                        + " && mknod disk b 8 0 && chmod 666 disk && mknod zero c 1 5 && mkfifo pipe"
                        + " && ln -s /etc/passwd absolute && ln -s ../../x out && ln -s rootsh fine"
                        + " && echo x > open/file && chmod 666 open/file && chmod 777 open .");
        Path copy = folder.resolve("copy");
        Cli.Result result = machine("cp", "shared:/root/trap", copy.toString());
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output())
                .contains(
                        "hyperfleet: 'disk' was skipped: it is a block device.",
                        "hyperfleet: 'zero' was skipped: it is a character device.",
                        "hyperfleet: 'pipe' was skipped: it is a named pipe.",
                        "hyperfleet: 'absolute' was skipped: it is a link that leads out of the folder, to "
                                + "'/etc/passwd'.",
                        "hyperfleet: 'out' was skipped");
        assertThat(modes(copy))
                .containsOnly(
                        Map.entry("", "40755"),
                        Map.entry("rootsh", "100755"),
                        Map.entry("fine", "120777"),
                        Map.entry("open", "40755"),
                        Map.entry("open/file", "100644"));
        Cli.Result file = machine(
                "cp", "shared:/root/trap/rootsh", folder.resolve("rootsh").toString());
        assertThat(file).isEqualTo(new Cli.Result(0, ""));
        assertThat(modes(folder.resolve("rootsh"))).containsOnly(Map.entry("", "100755"));
    }

    private static Map<String, String> modes(Path top) throws IOException {
        Map<String, String> modes = new java.util.TreeMap<>();
        try (var paths = Files.walk(top)) {
            for (Path path : paths.toList()) {
                Object mode = Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
                modes.put(top.relativize(path).toString(), Integer.toOctalString((int) mode));
            }
        }
        return modes;
    }

    @Test
    void namesInOtherLettersGoThereAndBackInAnyLocale(@TempDir Path folder) throws Exception {
        machine("exec", "shared", "--", "sh", "-c", "mkdir -p /root/ä && echo x > '/root/ä/é ✓'");
        Map<String, String> settings = new java.util.HashMap<>(Cli.settings(shared.server(), shared.key()));
        settings.put("LC_ALL", "C");
        Path there = folder.resolve("there");
        Cli.Result down = Cli.run(shared.server().state, settings, "machine", "cp", "shared:/root/ä", there.toString());
        assertThat(down).isEqualTo(new Cli.Result(0, ""));
        Cli.Result up =
                Cli.run(shared.server().state, settings, "machine", "cp", there.toString(), "shared:/root/back");
        assertThat(up).isEqualTo(new Cli.Result(0, ""));
        assertThat(machine("exec", "shared", "--", "cat", "/root/back/é ✓").output())
                .isEqualTo("x");
    }

    @Test
    void aFailureIsALineOfOurs(@TempDir Path folder) {
        Cli.Result ended = Cli.run(
                shared.server().state,
                Cli.settings(shared.server(), shared.key()),
                "machine",
                "exec",
                "-it",
                "shared",
                "--",
                "true");
        assertThat(ended).isEqualTo(new Cli.Result(0, ""));
        Path file = folder.resolve("no/such/file");
        assertThat(machine("cp", "shared:/etc/passwd", file.toString()))
                .satisfies(failed -> assertThat(failed.exitCode()).isEqualTo(1))
                .satisfies(failed -> assertThat(failed.output())
                        .startsWith("hyperfleet: There is no '")
                        .doesNotContain("Exception")
                        .hasLineCount(1));
        for (String url :
                List.of("http://127.0.0.1:1", "http://no.such.host.invalid", "file:///etc", "http://a b", "x")) {
            Cli.Result failed = Cli.run(folder, Map.of("HYPERFLEET_URL", url), "machine", "ls");
            assertThat(failed.exitCode()).as(url).isEqualTo(3);
            assertThat(failed.output())
                    .startsWith("hyperfleet: No answer from " + url)
                    .doesNotContain("Exception", "refused", "java.", "Illegal")
                    .hasLineCount(1);
        }
        assertThat(Cli.run(folder, Map.of("HYPERFLEET_DATABASE_PATH", "x"), "audit", "verify", "--database", "/no")
                        .output())
                .contains("there is no database /no");
    }

    @Test
    void aMachineThatDiesSaysSo(@TempDir Path state) throws Exception {
        Cli.Result created = machine("create", "dying", "--memory", "192");
        assertThat(created.exitCode()).as(created.output()).isZero();
        for (List<String> options : List.of(List.<String>of(), List.of("-i"))) {
            Cli.Result started = machine("start", "dying");
            assertThat(started.exitCode()).as(started.output()).isZero();
            java.util.ArrayList<String> command = new java.util.ArrayList<>(List.of("exec"));
            command.addAll(options);
            command.addAll(List.of("dying", "--", "sh", "-c", "echo b > /proc/sysrq-trigger; sleep 100"));
            Cli.Result died = machine(command.toArray(String[]::new));
            assertThat(died.output())
                    .matches("hyperfleet: Machine dying (stopped|failed) while the command ran.*")
                    .hasLineCount(1);
            assertThat(died.exitCode()).isEqualTo(137);
        }
        assertThat(machine("rm", "dying")).isEqualTo(new Cli.Result(0, ""));
    }

    @Test
    void aClosedPipeIsSilent() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "bash, which tells each status of a pipe, is not there");
        for (String command : List.of("machine exec shared -- yes", "machine exec -i shared -- yes")) {
            ProcessBuilder builder = new ProcessBuilder(
                            "bash",
                            "-c",
                            "'%s' %s | head -n 1; echo ${PIPESTATUS[0]}".formatted(TestHome.LAUNCHER, command))
                    .redirectErrorStream(true)
                    .redirectInput(Path.of("/dev/null").toFile());
            builder.environment().putAll(TestHome.environment(shared.server().state));
            builder.environment().putAll(Cli.settings(shared.server(), shared.key()));
            Process process = builder.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(output).as(command).isEqualTo("y\n141\n");
        }
        assertThat(machine("exec", "shared", "--", "sh", "-c", "pidof yes || true")
                        .output())
                .as("a command whose output is not read any more is killed")
                .isEmpty();
    }
}
