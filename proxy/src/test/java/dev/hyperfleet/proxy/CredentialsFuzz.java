package dev.hyperfleet.proxy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * Requests with credentials in any dress: what is left for the guest has none of them, and one that names a machine
 * names it in one way. The first line is the path, the second the host, each one after it a header. For Jazzer, which
 * {@code ./dev fuzz} runs.
 */
final class CredentialsFuzz {
    private static final Target.Naming NAMING = Target.Naming.of("proxy", ".localhost");
    private static final int HEADERS_FROM = 2;

    private CredentialsFuzz() {}

    /** One try. */
    public static void fuzzerTestOneInput(byte[] request) {
        List<String> lines =
                new String(request, StandardCharsets.ISO_8859_1).lines().toList();
        String path = lines.isEmpty() ? "/" : lines.getFirst();
        HttpFields.Mutable headers = HttpFields.build();
        for (String line : lines.subList(Math.min(HEADERS_FROM, lines.size()), lines.size())) {
            int colon = line.indexOf(':');
            if (colon > 0) {
                headers.add(new HttpField(
                        line.substring(0, colon), line.substring(colon + 1).strip()));
            }
        }
        Credentials taken = Credentials.take(headers, path);
        Credentials again = Credentials.take(taken.headers(), taken.pathQuery());
        boolean clean = again.key().isEmpty()
                && again.link().isEmpty()
                && again.cookies().isEmpty();
        require(clean && again.pathQuery().equals(taken.pathQuery()), "the guest would get " + again);
        Optional<Target> target = Target.of(NAMING, lines.size() < HEADERS_FROM ? "x" : lines.get(1), path);
        target.ifPresent(it -> require(
                path.equals(it.prefix() + it.pathQuery()) && it.port() > 0 && it.port() < 65536,
                path + " is read as " + it));
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
