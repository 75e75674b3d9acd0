package dev.hyperfleet.server;

/** A setting is wrong. The message names it, its value, and what would be right. */
final class SettingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SettingException(String name, String value, String right) {
        super("%s is '%s': it must be %s".formatted(name, value, right));
    }
}
