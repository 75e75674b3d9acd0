package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
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
                .contains("NAME", "cli", "pending", "192", "80,443");
        assertThat(machine("start", "cli").output()).contains("running");
        assertThat(machine("exec", "cli", "--", "sh", "-c", "echo out; echo err >&2; exit 3"))
                .isEqualTo(new Cli.Result(3, "out\nerr"));
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
        assertThat(late).isEqualTo(new Cli.Result(124, "hyperfleet: the command was killed after 1 s"));
        assertThat(machine("wait", "cli", "--status", "running,stopped").exitCode())
                .isZero();
        assertThat(machine("ls", "--status", "running").output()).contains("cli", "shared");
        assertThat(JsonMapper.shared()
                        .readTree(machine("get", "cli", "--json").output())
                        .get("status")
                        .asString())
                .isEqualTo("running");
        assertThat(machine("rm", "cli"))
                .isEqualTo(new Cli.Result(1, "hyperfleet: Cannot delete machine in 'running' state"));
        assertThat(machine("restart", "cli").output()).contains("running");
        assertThat(machine("stop", "cli").output()).contains("stopped");
        assertThat(machine("rm", "cli")).isEqualTo(new Cli.Result(0, ""));
        assertThat(machine("get", "cli"))
                .isEqualTo(
                        new Cli.Result(1, "hyperfleet: There is no machine 'cli'. 'hyperfleet machine ls' shows all."));
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
        assertThat(noKey.output()).contains("A valid API key is needed").endsWith("HYPERFLEET_TOKEN is not set.");
        assertThat(machine("create").exitCode()).isEqualTo(2);
    }

    @Test
    void helpShowsEveryCommand() {
        assertThat(Cli.run(state, "--help").output()).contains("demo", "serve", "doctor", "keys", "machine");
        assertThat(Cli.run(state, "machine", "--help").output())
                .contains("create", "ls", "get", "start", "wait", "exec", "stop", "restart", "rm", "HYPERFLEET_URL");
        assertThat(Cli.run(state, "--version").output()).matches("hyperfleet \\d+\\.\\d+\\.\\d+");
    }

    @Test
    void theDoctorFindsThisHostFit() {
        Cli.Result doctor = Cli.run(state, "doctor");
        assertThat(doctor.output()).contains("qemu", "network", "acceleration").doesNotContain("failed ");
        assertThat(doctor.exitCode()).isZero();
    }

    @Test
    void theDoctorSaysWhatIsMissingAndWhatMendsIt() {
        Cli.Result doctor = Cli.run(state, Map.of("HYPERFLEET_ROOTFS_PATH", "/no/root.ext4"), "doctor");
        assertThat(doctor.exitCode()).isEqualTo(1);
        assertThat(doctor.output()).containsPattern("failed +root +/no/root.ext4 cannot be read +→ ./hyperfleet setup");
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
