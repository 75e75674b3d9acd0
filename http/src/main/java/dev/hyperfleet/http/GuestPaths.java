package dev.hyperfleet.http;

import dev.hyperfleet.core.guest.GuestPath;
import java.util.Base64;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Parses paths and permissions of guests' files in requests. */
public final class GuestPaths {
    /** The name of the parameter or field with the encoding of paths. */
    public static final String ENCODING = "path_encoding";

    private static final Pattern MODE = Pattern.compile("0?[0-7]{3,4}");
    private static final String BASE64 = "base64";
    private static final int MAX_BYTES = 4095;

    /** Maximum characters of a path as sent, which may be in base64. */
    public static final int MAX_LENGTH = 4 * MAX_BYTES / 3;

    private static final int OCTAL = 8;

    private GuestPaths() {}

    public static GuestPath read(String name, String text, Optional<String> encoding, ValidationErrors problems) {
        GuestPath path = GuestPath.of(text);
        if (encoding.isPresent() && encoding.get().equals(BASE64)) {
            try {
                path = new GuestPath(Base64.getDecoder().decode(text));
            } catch (IllegalArgumentException invalid) {
                problems.add("%s is not valid base64: %s".formatted(name, invalid.getMessage()));
                return path;
            }
        } else if (encoding.isPresent() && !encoding.get().equals("utf-8")) {
            problems.add("%s must be 'utf-8' or '%s'".formatted(ENCODING, BASE64));
        }
        byte[] bytes = path.bytes();
        if (bytes.length == 0 || bytes[0] != '/') {
            problems.add(name + " must be absolute: it begins with '/'");
        } else if (bytes.length > MAX_BYTES) {
            problems.add("%s must be at most %d bytes".formatted(name, MAX_BYTES));
        }
        for (byte one : bytes) {
            if (one == 0) {
                problems.add(name + " must not contain NUL");
                break;
            }
        }
        return path;
    }

    public static OptionalInt mode(String name, Optional<String> text, ValidationErrors problems) {
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        if (!MODE.matcher(text.get()).matches()) {
            problems.add(name + " must be permissions in octal, such as 0644");
            return OptionalInt.empty();
        }
        return OptionalInt.of(Integer.parseInt(text.get(), OCTAL));
    }
}
