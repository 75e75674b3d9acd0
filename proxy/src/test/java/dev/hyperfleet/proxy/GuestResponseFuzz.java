package dev.hyperfleet.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpFields;
import org.jspecify.annotations.Nullable;

/**
 * A guest with arbitrary responses: each is read, or refused, in the same way however it is split. For Jazzer, which
 * {@code ./dev fuzz} runs.
 */
final class GuestResponseFuzz {
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final int MAX_RESPONSES = 4;
    private static final int ALL_AT_ONCE = 1 << 20;

    static {
        // Jazzer enables assertions. Jetty's parser fails one when it reports a response without a status.
        GuestResponseFuzz.class.getClassLoader().setPackageAssertionStatus("org.eclipse.jetty", false);
    }

    private GuestResponseFuzz() {}

    /** One try. */
    public static void fuzzerTestOneInput(byte[] said) {
        String whole = read(said, ALL_AT_ONCE);
        for (int piece : new int[] {1, 3}) {
            String split = read(said, piece);
            if (!split.equals(whole)) {
                throw new AssertionError("in pieces of %d:%n%s%nall at once:%n%s".formatted(piece, split, whole));
            }
        }
    }

    /** What the proxy would do with it, until it is refused or complete. */
    private static String read(byte[] said, int piece) {
        GuestResponse response = FakeConnection.saying(said, piece);
        StringBuilder seen = new StringBuilder();
        try {
            boolean goesOn = true;
            for (int count = 0; goesOn && count < MAX_RESPONSES; count++) {
                GuestResponse.Head head = response.readHead(false, PATIENCE);
                seen.append(head.status()).append(fields(head.headers()));
                boolean hasContent = !head.isInterim() && head.status() != 101;
                if (hasContent) {
                    readContent(response, seen);
                    seen.append(fields(response.trailers()));
                }
                goesOn = head.isInterim();
            }
        } catch (IOException refused) {
            seen.append(" refused");
        }
        return seen.toString();
    }

    /** Names are case-insensitive, values are not. */
    private static String fields(HttpFields fields) {
        return fields.stream()
                .map(field -> field.getLowerCaseName() + ": " + field.getValue() + "\n")
                .collect(Collectors.joining());
    }

    private static void readContent(GuestResponse response, StringBuilder seen) throws IOException {
        @Nullable ByteBuffer content = response.readContent(PATIENCE);
        while (content != null) {
            seen.append(StandardCharsets.ISO_8859_1.decode(content));
            content = response.readContent(PATIENCE);
        }
    }
}
