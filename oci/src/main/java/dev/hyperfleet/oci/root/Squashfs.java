package dev.hyperfleet.oci.root;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.oci.tar.TarEntry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes read-only file systems by {@code sqfstar} of squashfs-tools, which takes an archive and needs no root. LZ4 is
 * the compression that a guest decompresses fastest.
 */
public final class Squashfs {
    /** The end of the name of the program's log, beside its result. */
    public static final String LOG = ".log";

    private static final int END_TIMEOUT_SECONDS = 600;
    private static final int MAX_MESSAGE = 500;
    private static final long MAX_TIME = 0xffff_ffffL;

    private Squashfs() {}

    /**
     * Makes a file system.
     *
     * @param to its file, which is replaced; left half made if this fails
     * @throws HyperfleetException {@link ErrorCode#UNSUPPORTED} without the program; {@link
     *     ErrorCode#INSUFFICIENT_STORAGE} on a full disk
     */
    public static void make(Path to, RootFile root) throws IOException {
        Files.deleteIfExists(to);
        Path log = to.resolveSibling(to.getFileName() + LOG);
        Process program = start(command(to, root.root()), log);
        boolean written = false;
        try {
            try (OutputStream input = program.getOutputStream()) {
                root.writeTo(input);
            } catch (IOException broken) {
                if (program.isAlive() && !program.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    throw broken;
                }
                throw failed(log, broken);
            }
            if (!program.waitFor(END_TIMEOUT_SECONDS, TimeUnit.SECONDS) || program.exitValue() != 0) {
                throw failed(log, null);
            }
            written = true;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new HyperfleetException(ErrorCode.UNAVAILABLE, "The server is stopping", interrupted);
        } finally {
            program.destroyForcibly();
            Files.deleteIfExists(log);
            if (!written) {
                Files.deleteIfExists(to);
            }
        }
    }

    /**
     * The root folder itself is not taken from the archive. sqfstar 4.5 gives it to root in any case, and so do all
     * images that are known. All times are the archive's, so that the same layers give the same file.
     */
    private static List<String> command(Path to, TarEntry root) {
        String time = String.valueOf(Math.clamp(root.modified(), 0, MAX_TIME));
        return List.of(
                "sqfstar",
                "-comp",
                "lz4",
                "-quiet",
                "-no-progress",
                "-mem",
                "256M",
                "-processors",
                "2",
                "-root-mode",
                "%o".formatted(root.mode()),
                "-root-uid",
                String.valueOf(root.owner()),
                "-root-gid",
                String.valueOf(root.group()),
                "-root-time",
                time,
                "-mkfs-time",
                time,
                to.toString());
    }

    private static Process start(List<String> command, Path log) {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException missing) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED,
                    "Images need the program sqfstar. As root, run: apt-get install squashfs-tools",
                    missing);
        }
    }

    private static HyperfleetException failed(Path log, @org.jspecify.annotations.Nullable IOException cause)
            throws IOException {
        String message = Files.exists(log)
                ? Files.readString(log, StandardCharsets.ISO_8859_1).strip()
                : "";
        String last = message.substring(Math.max(0, message.length() - MAX_MESSAGE));
        boolean full = message.contains("No space left on device");
        String text = full
                ? "The image's file system does not fit on the disk. Free some space."
                : "sqfstar could not make the image's file system: " + SafeText.line(last);
        ErrorCode code = full ? ErrorCode.INSUFFICIENT_STORAGE : ErrorCode.INTERNAL_ERROR;
        return cause == null ? new HyperfleetException(code, text) : new HyperfleetException(code, text, cause);
    }
}
