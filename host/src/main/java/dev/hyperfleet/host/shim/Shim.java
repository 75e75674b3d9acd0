package dev.hyperfleet.host.shim;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.ProcessIdentity;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.Program;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The program for all privileged work on the host; see shim/main.go. A machine's launch file holds its instructions.
 */
public record Shim(Path program) {
    private static final Duration LAUNCH_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration REAP_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration MEASURE_TIMEOUT = Duration.ofSeconds(10);

    /** Starts a machine's VMM, and returns when it runs. */
    void launch(MachineFiles files) {
        Program.Result result = Program.run(
                List.of(program.toString(), "launch", files.directory().toString()), LAUNCH_TIMEOUT);
        if (result.exitCode() != 0) {
            throw new HyperfleetException(
                    ErrorCode.MACHINE_FAILED,
                    "The VMM could not be started: %s".formatted(result.errors().strip()));
        }
    }

    /** A command that the kernel kills when the thread that has started it ends, and so with this process. */
    public List<String> tethered(List<String> command) {
        List<String> tethered = new ArrayList<>(List.of(program.toString(), "tether"));
        tethered.addAll(command);
        return tethered;
    }

    /** Removes the remains of a VMM if its supervisor was killed and could not do so. */
    public void reapIfLeft(MachineFiles files) {
        if (!Files.exists(files.exitRecord())) {
            reap(files);
        }
    }

    /** Removes the remains of a VMM, whatever happened to its supervisor. No error if there is nothing to remove. */
    public void reap(MachineFiles files) {
        if (Files.exists(files.launchFile())) {
            reap(files, List.of());
        }
    }

    /** Kills a VMM whose supervisor was killed, and removes its remains. */
    void reap(MachineFiles files, ProcessIdentity vmm) {
        reap(files, List.of(String.valueOf(vmm.pid()), String.valueOf(vmm.startTime())));
    }

    private void reap(MachineFiles files, List<String> vmm) {
        List<String> command = new ArrayList<>(
                List.of(program.toString(), "reap", files.directory().toString()));
        command.addAll(vmm);
        Program.Result result = Program.run(command, REAP_TIMEOUT);
        if (result.exitCode() != 0) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot remove the remains of the VMM: %s"
                            .formatted(result.errors().strip()));
        }
    }

    /** The rate of the CPU's time stamp counter, in kHz. */
    public long measureTsc() {
        Program.Result result = Program.run(List.of(program.toString(), "tsc"), MEASURE_TIMEOUT);
        if (result.exitCode() != 0) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot measure the CPU's clock with %s: %s".formatted(program, result.errors()));
        }
        return Long.parseLong(result.output().strip());
    }
}
