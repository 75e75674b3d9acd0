package dev.hyperfleet.host;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file descriptor, for system calls that Java does not offer. Not for concurrent use. */
public final class NativeFile implements AutoCloseable {
    private static final int O_RDONLY = 0;
    private static final int O_WRONLY = 1;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final long FICLONE = 0x40049409L;
    private static final int KEEP_SIZE_AND_PUNCH_HOLE = 3;
    private static final int EOPNOTSUPP = 95;
    private static final int ENOENT = 2;
    private static final int ENXIO = 6;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO = STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final Linker.Option KEEP_ERRNO = Linker.Option.captureCallState("errno");

    private static final MethodHandle OPEN = function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            KEEP_ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle LSEEK = function(
            "lseek",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
            KEEP_ERRNO);
    private static final MethodHandle IOCTL = function(
            "ioctl",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT),
            KEEP_ERRNO,
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle FALLOCATE = function(
            "fallocate",
            FunctionDescriptor.of(
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_INT,
                    ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            KEEP_ERRNO);
    private static final MethodHandle CLOSE =
            function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT), KEEP_ERRNO);

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment state = arena.allocate(STATE);
    private final Path path;
    private final int descriptor;

    private NativeFile(Path path, int flags) throws IOException {
        this.path = path;
        this.descriptor = (int) call(OPEN, state, arena.allocateFrom(path.toString()), flags | O_CLOEXEC);
        if (descriptor < 0) {
            int error = errno();
            arena.close();
            throw error == ENOENT ? new NoSuchFileException(path.toString()) : failure("open", error);
        }
    }

    public static NativeFile openForReading(Path path) throws IOException {
        return new NativeFile(path, O_RDONLY);
    }

    public static NativeFile openForWriting(Path path) throws IOException {
        return new NativeFile(path, O_WRONLY);
    }

    /**
     * Uses a part of a file.
     *
     * @param <X> what it may throw besides
     */
    public interface ExtentVisitor<X extends Exception> {
        /** Uses the bytes from the first offset up to the second. */
        void visit(long begin, long end) throws IOException, X;
    }

    /**
     * Visits all data of the file in order, and no hole.
     *
     * @param size of the file
     */
    public <X extends Exception> void forEachExtent(long size, ExtentVisitor<X> visitor) throws IOException, X {
        long begin = data(0);
        while (begin >= 0) {
            long end = hole(begin);
            visitor.visit(begin, end);
            begin = end < size ? data(end) : -1;
        }
    }

    /** The offset of the first data at or after this offset; -1 if there is none up to the end of the file. */
    private long data(long offset) throws IOException {
        long found = (long) call(LSEEK, state, descriptor, offset, SEEK_DATA);
        if (found < 0 && errno() != ENXIO) {
            throw failure("look for data in", errno());
        }
        return found;
    }

    /** The offset of the first hole at or after this offset; the end of the file counts as one. */
    private long hole(long offset) throws IOException {
        long found = (long) call(LSEEK, state, descriptor, offset, SEEK_HOLE);
        if (found < 0) {
            throw failure("look for holes in", errno());
        }
        return found;
    }

    /**
     * Replaces a part of the file by a hole, which reads as zeros and takes no space.
     *
     * @return whether the file system supports that
     */
    public boolean punchHole(long offset, long length) throws IOException {
        if ((int) call(FALLOCATE, state, descriptor, KEEP_SIZE_AND_PUNCH_HOLE, offset, length) == 0) {
            return true;
        }
        if (errno() != EOPNOTSUPP) {
            throw failure("free the zeros of", errno());
        }
        return false;
    }

    /** Becomes a copy that shares the other's blocks, if the file system supports that. */
    public boolean cloneFrom(NativeFile other) {
        return (int) call(IOCTL, state, descriptor, FICLONE, other.descriptor) == 0;
    }

    @Override
    public void close() {
        var _ = call(CLOSE, state, descriptor); // nothing was written through it
        arena.close();
    }

    private int errno() {
        return (int) ERRNO.get(state, 0L);
    }

    private IOException failure(String operation, int error) {
        return new IOException("cannot %s %s: error %d".formatted(operation, path, error));
    }

    @SuppressWarnings("restricted") // the server is started with --enable-native-access
    private static MethodHandle function(String name, FunctionDescriptor type, Linker.Option... options) {
        return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
    }

    private static Object call(MethodHandle function, Object... arguments) {
        try {
            return function.invokeWithArguments(arguments);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
