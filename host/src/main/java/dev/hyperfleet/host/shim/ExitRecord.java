package dev.hyperfleet.host.shim;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.hyperfleet.core.machine.VmmExit;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.console.LogExcerpt;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** How a VMM exited, as reported by the shim: protocol/shim. */
@JsonIgnoreProperties("ended_at") // for people: the server has its own clock
record ExitRecord(
        @Nullable Integer version,
        @Nullable Long run,
        int exitCode,
        @Nullable String signal,
        boolean killed,
        @Nullable String reason) {
    static ExitRecord unknown(String reason) {
        return new ExitRecord(null, null, 0, null, true, reason);
    }

    /** Reads a record; fails as {@link ShimFormat#read} does. */
    static ExitRecord read(MachineFiles files, byte[] content) {
        return ShimFormat.read("The exit record in %s".formatted(files.directory()), content, ExitRecord.class);
    }

    /** Whether it is of this run; records of earlier versions' shims have no run. */
    boolean isOf(long presentRun) {
        return (run == null ? 0 : run) == presentRun;
    }

    VmmExit toExit(MachineFiles files) {
        String console = LogExcerpt.end(files.consoleLog());
        return new VmmExit(
                exitCode,
                Optional.ofNullable(signal),
                killed,
                Optional.ofNullable(reason),
                LogExcerpt.panic(console),
                LogExcerpt.tail(console),
                LogExcerpt.tail(LogExcerpt.end(files.vmmLog())));
    }
}
