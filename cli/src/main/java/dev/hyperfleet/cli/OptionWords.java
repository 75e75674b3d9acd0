package dev.hyperfleet.cli;

import java.util.Map;
import java.util.regex.Pattern;

/** The API's messages about fields, in the words of the options that people have typed. */
final class OptionWords {
    private static final Map<String, String> OPTIONS = Map.of(
            "mem_size_mib", "--memory",
            "vcpu_count", "--cpus",
            "exposed_ports", "--port",
            "public_ports", "--public-port",
            "idle_timeout", "--idle-timeout",
            "suspend_after", "--suspend-after",
            "ttl_action", "--ttl-action",
            "expires_in", "--expires");
    private static final Pattern FIELD = Pattern.compile("\\b(?:%s)\\b".formatted(String.join("|", OPTIONS.keySet())));

    private OptionWords() {}

    static String of(String message) {
        return FIELD.matcher(message).replaceAll(field -> OPTIONS.getOrDefault(field.group(), field.group()));
    }
}
