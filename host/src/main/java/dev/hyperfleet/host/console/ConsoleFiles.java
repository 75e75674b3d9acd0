package dev.hyperfleet.host.console;

import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.host.ConsoleLogs;
import dev.hyperfleet.host.MachineFiles;
import dev.hyperfleet.host.MachineLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Guests' consoles in the files that their supervisors write: the current one, and the previous one (….1). Beside each,
 * ….times has a line "offset milliseconds" for about every second with output.
 */
public record ConsoleFiles(MachineLayout layout) implements ConsoleLogs {
    @Override
    public Reader open(MachineId id, OptionalInt tail, Optional<Instant> since, boolean follow) {
        MachineFiles files = layout.of(id);
        Path log = files.consoleLog();
        return ConsoleReader.open(files.directory(), log, follow, () -> ConsoleStart.of(log, tail, since));
    }
}
