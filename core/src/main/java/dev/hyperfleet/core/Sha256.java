package dev.hyperfleet.core;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in its usual form: 64 lower-case hexadecimal digits. */
public final class Sha256 {
    private Sha256() {}

    /** Of a text, as UTF-8. */
    public static String of(String text) {
        return of(text, new byte[0]);
    }

    /** Of a text, as UTF-8, followed by another. */
    public static String of(String text, byte[] rest) {
        MessageDigest digest = digest();
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest.digest(rest));
    }

    /** A new computation, for results that are too large to be stored. */
    public static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
