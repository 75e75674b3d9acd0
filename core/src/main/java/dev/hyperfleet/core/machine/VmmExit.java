package dev.hyperfleet.core.machine;

import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.SafeText;
import java.util.Optional;

/**
 * How a VMM has ended.
 *
 * @param exitCode its exit status, where no signal ended it
 * @param signal the name of the signal that ended it
 * @param killed whether it was killed by its supervisor
 * @param reason why its supervisor killed it without having been asked to
 * @param panic what the guest's kernel said if it panicked
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

    /** What the agent says when the guest's kernel has found no timer that works; see agent/boot/timer.go. */
    private static final String NO_TIMER = "hyperfleet-agent: no timer fires";

    /**
     * Whether another boot may well succeed: the guest has powered itself off because its host was too busy while the
     * kernel measured its timer.
     */
    public boolean isSpoiltBoot() {
        return isPowerOff() && consoleTail.contains(NO_TIMER);
    }

    /** A VMM ends like this when the guest powers off or reboots, and also after a kernel panic. */
    private boolean isClean() {
        return exitCode == 0 && signal.isEmpty() && !killed;
    }

    /** Whether the guest has ended by its own will. */
    boolean isPowerOff() {
        return isClean() && panic.isEmpty();
    }

    /** One sentence, then the last lines of what was said; of a kernel's panic, whose trace says little to most, where it is. */
    public String describe() {
        if (isPanic()) {
            return cause() + " The machine's logs have its last words.";
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
            return "The VMM was ended by " + signal.get() + ".";
        }
        if (exitCode != 0) {
            return "The VMM ended with exit status " + exitCode + ".";
        }
        return panic.map(text -> SafeText.line(Excerpt.of(text, MAX_PANIC)))
                .map("The guest's kernel panicked: %s."::formatted)
                .orElse("The guest powered off.");
    }
}
