package dev.hyperfleet.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** The form of the log. */
enum LogForm {
    /** For people. */
    TEXT,
    /** For programs. */
    JSON;

    /** The variable that chooses it. */
    static final String SETTING = "HYPERFLEET_LOG";

    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    /**
     * The form that the environment chooses; without a choice, text on a terminal and JSON elsewhere.
     *
     * @throws SettingException for another word
     */
    static LogForm of(Map<String, String> environment) {
        String chosen = environment.getOrDefault(SETTING, "");
        return switch (chosen) {
            case "text" -> TEXT;
            case "json" -> JSON;
            case "" -> isTerminal() ? TEXT : JSON;
            default -> throw new SettingException(SETTING, chosen, "text or json");
        };
    }

    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException closed) {
            return false;
        }
    }
}
