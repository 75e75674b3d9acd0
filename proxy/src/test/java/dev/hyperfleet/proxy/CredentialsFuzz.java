package dev.hyperfleet.proxy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpFields;

/**
 * Requests with credentials in any form: none of them remain for the guest, and a request that names a machine names it
 * unambiguously. The first line is the path, the second the host, each further line a header. For Jazzer, which {@code
 * ./dev fuzz} runs.
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
        requireNoneLeft(taken);
        Optional<Target> target = Target.of(NAMING, lines.size() < HEADERS_FROM ? "x" : lines.get(1), path);
        target.ifPresent(it -> require(
                path.equals(it.prefix() + it.pathQuery()) && it.port() > 0 && it.port() < 65536,
                path + " is read as " + it));
    }

    /** Parsed independently of the code under test. */
    private static void requireNoneLeft(Credentials taken) {
        for (HttpField field : taken.headers()) {
            String name = field.getLowerCaseName();
            String value = String.valueOf(field.getValue()).toLowerCase(Locale.ROOT);
            boolean isOurs = name.equals("x-hyperfleet-key")
                    || (name.equals("authorization") && value.matches("bearer\\s+hf_.*"))
                    || (name.equals("cookie") && (";" + value).matches(".*;\\s*hyperfleet_link\\s*=.*"));
            require(!isOurs, "the guest would get " + field);
        }
        int query = taken.pathQuery().indexOf('?');
        String parameters = query < 0 ? "" : taken.pathQuery().substring(query + 1);
        require(!("&" + parameters).contains("&hyperfleet_link="), "the guest would get " + taken.pathQuery());
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new AssertionError(otherwise);
        }
    }
}
