package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.SafeText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a VMM exited.
 *
 * @param exitCode its exit status, if no signal ended it
 * @param signal the name of the signal that ended it
 * @param killed whether it was killed by its supervisor
 * @param reason why its supervisor killed it without a request
 * @param panic the guest kernel's panic message, if it panicked
 * @param consoleTail the last lines of the guest's console, made safe for display
 * @param vmmTail the last lines of the VMM's own messages, made safe for display
 */
public record VmmExit(
        int exitCode,
        Optional<String> signal,
        boolean killed,
        Optional<String> reason,
        Optional<String> panic,
        String consoleTail,
        String vmmTail) {
    /** Characters. */
    private static final int MAX_PANIC = 200;

    /** The agent's message if the guest's kernel has no working timer; see agent/boot/timer.go. */
    private static final String NO_TIMER = "hyperfleet-agent: no timer fires";

    /**
     * The kernel's last line but for its details. A restart with an argument is the agent's power-off under a VMM that
     * knows no other; see agent/power/action.go.
     */
    private static final Pattern LAST_LINE = Pattern.compile("reboot: (Restarting system$|[A-Z])", Pattern.MULTILINE);

    /**
     * Whether another boot is likely to succeed: the guest powered itself off because its host was too busy while the
     * kernel measured its timer.
     */
    public boolean isSpoiltBoot() {
        return isPowerOff() && consoleTail.contains(NO_TIMER);
    }

    /** A VMM exits like this when the guest powers off or reboots, and also after a kernel panic. */
    private boolean isClean() {
        return exitCode == 0 && signal.isEmpty() && !killed;
    }

    /** Whether the guest ended voluntarily. */
    boolean isPowerOff() {
        return isClean() && panic.isEmpty();
    }

    /**
     * Whether the guest wants to be started again. It could say so on its console without a restart; that gains it
     * nothing, because it may restart anyway.
     */
    public boolean isReboot() {
        Matcher lines = LAST_LINE.matcher(consoleTail);
        boolean restarts = false;
        while (lines.find()) {
            restarts = lines.group(1).startsWith("Restarting system");
        }
        return isPowerOff() && restarts;
    }

    /**
     * One sentence, then the last lines of the logs; for a kernel panic, whose trace helps few readers, only where to
     * find it.
     */
    public String describe() {
        if (isPanic()) {
            return cause() + " The machine's logs have the details.";
        }
        StringBuilder text = new StringBuilder(cause());
        if (!isClean() && !vmmTail.isBlank()) {
            text.append("\nLast lines of the VMM:\n").append(vmmTail.strip());
        }
        return text.append(lastLinesOfConsole()).toString();
    }

    private boolean isPanic() {
        return isClean() && reason.isEmpty() && panic.isPresent();
    }

    public String lastLinesOfConsole() {
        return consoleTail.isBlank() ? "" : "\nLast lines of the console:\n" + consoleTail.strip();
    }

    private String cause() {
        if (reason.isPresent()) {
            return "The VMM was killed: " + reason.get() + ".";
        }
        if (signal.isPresent()) {
            return "The VMM was killed by " + signal.get() + ".";
        }
        if (exitCode != 0) {
            return "The VMM exited with status " + exitCode + ".";
        }
        return panic.map(text -> SafeText.line(Excerpt.of(text, MAX_PANIC)))
                .map("The guest's kernel panicked: %s."::formatted)
                .orElse("The guest powered off.");
    }
}
