package dev.hyperfleet.host.image;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The memory that a kernel needs to boot, as recorded when the kernel was built; see image/kernel.sh. */
final class LeastMemory {
    private LeastMemory() {}

    /** In MiB; 0 for a kernel without such a record. */
    static long of(Path kernel) {
        Path record = kernel.resolveSibling(kernel.getFileName() + ".least-mem-mib");
        try {
            return Long.parseUnsignedLong(Files.readString(record).strip());
        } catch (NoSuchFileException ofTheOperators) {
            return 0;
        } catch (IOException | NumberFormatException unreadable) {
            throw new HyperfleetException(
                    ErrorCode.INTERNAL_ERROR,
                    "%s does not hold a number of MiB. Remove it, or run 'hyperfleet setup'.".formatted(record),
                    unreadable);
        }
    }
}
