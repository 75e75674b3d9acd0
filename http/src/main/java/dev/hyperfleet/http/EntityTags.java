package dev.hyperfleet.http;

import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of If-Match or If-None-Match: entity tags, or * (RFC 9110, 8.8.3 and 13.1).
 *
 * @param any whether it is *
 * @param strong strong tags, without quotes
 * @param weak weak tags (W/), likewise
 */
public record EntityTags(boolean any, List<String> strong, List<String> weak) {
    private static final Pattern NEXT = Pattern.compile("[ \\t]*(W/)?\"([!#-~\\x80-\\xff]*)\"[ \\t]*(,|$)");

    /** The header's value, if the request has it. */
    public static Optional<EntityTags> of(Context context, String header, ValidationErrors problems) {
        List<String> lines = Collections.list(context.req().getHeaders(header));
        if (lines.isEmpty()) {
            return Optional.empty();
        }
        Optional<EntityTags> tags = parse(String.join(",", lines));
        if (tags.isEmpty()) {
            problems.add(header + " must be ETags in quotes, separated by commas, or *");
        }
        return tags;
    }

    private static Optional<EntityTags> parse(String text) {
        if (text.strip().equals("*")) {
            return Optional.of(new EntityTags(true, List.of(), List.of()));
        }
        List<String> strong = new ArrayList<>();
        List<String> weak = new ArrayList<>();
        Matcher matcher = NEXT.matcher(text);
        int at = 0;
        boolean more = true;
        while (more) {
            if (!matcher.find(at) || matcher.start() != at) {
                return Optional.empty();
            }
            @Nullable String weakness = matcher.group(1);
            (weakness == null ? strong : weak).add(matcher.group(2));
            more = !matcher.group(3).isEmpty();
            at = matcher.end();
        }
        return at == text.length() ? Optional.of(new EntityTags(false, strong, weak)) : Optional.empty();
    }

    /** Whether a representation matches, for reads: weak tags match too. */
    public boolean include(String tag) {
        return any || strong.contains(tag) || weak.contains(tag);
    }
}
