package dev.hyperfleet.host.probe;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** The host's clock. */
public final class HostClock {
    /** The size of {@code struct timex} on 64-bit Linux, and the offset of its member {@code status}. */
    private static final int TIMEX_BYTES = 208;

    private static final int STATUS_OFFSET = 40;
    private static final int STA_UNSYNC = 0x40;

    private HostClock() {}

    /** Whether the kernel counts the clock as synchronised by a time service; empty if it does not tell. */
    @SuppressWarnings("restricted") // the program is started with --enable-native-access
    public static Optional<Boolean> isSynchronised() {
        Linker linker = Linker.nativeLinker();
        MethodHandle adjtimex = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("adjtimex"),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment timex = arena.allocate(TIMEX_BYTES, Long.BYTES); // all zero: it only reads
            int state = (int) adjtimex.invokeExact(timex);
            return state < 0
                    ? Optional.empty()
                    : Optional.of((timex.get(ValueLayout.JAVA_INT, STATUS_OFFSET) & STA_UNSYNC) == 0);
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
