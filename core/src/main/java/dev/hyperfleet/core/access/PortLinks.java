package dev.hyperfleet.core.access;

import dev.hyperfleet.core.HmacSha256;
import dev.hyperfleet.core.MachineId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Signed tokens for access to one port of one machine until an expiry: "expiry.signature", the expiry in seconds since
 * 1970. Nothing is stored, so a token cannot be revoked; it ends with its machine. Safe for concurrent use.
 */
public final class PortLinks {
    /** The name of the query parameter and of the cookie with a token. */
    public static final String PARAMETER = "hyperfleet_link";

    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,11})\\.([A-Za-z0-9_-]{43})");

    private final byte[] key;
    private final Clock clock;

    /**
     * @param key 32 secret bytes
     */
    public PortLinks(byte[] key, Clock clock) {
        this.key = key.clone();
        this.clock = clock;
    }

    /** Creates a token. */
    public String sign(MachineId id, int port, Instant expiry) {
        long seconds = expiry.getEpochSecond();
        return seconds + "." + signature(id, port, seconds);
    }

    /** The expiry of a token for that port; empty if the token is not valid. */
    public Optional<Instant> verify(String token, MachineId id, int port) {
        Matcher parts = FORM.matcher(token);
        if (!parts.matches()) {
            return Optional.empty();
        }
        long seconds = Long.parseLong(parts.group(1));
        byte[] expected = signature(id, port, seconds).getBytes(StandardCharsets.US_ASCII);
        boolean genuine = MessageDigest.isEqual(expected, parts.group(2).getBytes(StandardCharsets.US_ASCII));
        Instant expiry = Instant.ofEpochSecond(seconds);
        return genuine && clock.instant().isBefore(expiry) ? Optional.of(expiry) : Optional.empty();
    }

    private String signature(MachineId id, int port, long seconds) {
        byte[] text = "port %s %d %d".formatted(id, port, seconds).getBytes(StandardCharsets.US_ASCII);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(HmacSha256.of(text, key));
    }
}
