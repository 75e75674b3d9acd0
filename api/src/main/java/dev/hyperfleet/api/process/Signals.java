package dev.hyperfleet.api.process;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Linux's signals, by number and by name (signal(7), for x86 and ARM). */
final class Signals {
    private static final List<String> NAMES = List.of(
            "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
            "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
            "WINCH", "IO", "PWR", "SYS");
    private static final String PREFIX = "SIG";

    private Signals() {}

    /** Such as SIGKILL; the number if the signal has no name. */
    static String name(int number) {
        return number >= 1 && number <= NAMES.size() ? PREFIX + NAMES.get(number - 1) : String.valueOf(number);
    }

    /** The number of a signal by its name: KILL, SIGKILL or sigkill. */
    static Optional<Integer> number(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        int index = NAMES.indexOf(upper.startsWith(PREFIX) ? upper.substring(PREFIX.length()) : upper);
        return index < 0 ? Optional.empty() : Optional.of(index + 1);
    }
}
