package dev.hyperfleet.server;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The setting HYPERFLEET_CORS_ORIGINS: the origins of web pages that may use the API. */
final class CorsOrigins {
    private static final String NAME = "HYPERFLEET_CORS_ORIGINS";
    private static final int MAX_ORIGINS = 100;
    private static final int MAX_LENGTH = 300;

    /** As browsers send an origin: in lower case, without a path, and without the scheme's own port. */
    private static final Pattern ORIGIN = Pattern.compile(
            "(?:http(?!.*:80$)|https(?!.*:443$))://(?:[a-z0-9.-]+|\\[[0-9a-f:]+])(?::[1-9][0-9]{0,4})?");

    private static final String FORM = "exact origins as browsers send them, separated by commas: scheme, host and any "
            + "port in lower case, like https://console.example.com,http://localhost:5173, without a path and without "
            + "the scheme's usual port";

    private CorsOrigins() {}

    static Set<String> from(Environment environment) {
        if (environment.text(NAME).filter(text -> text.contains("*")).isPresent()) {
            throw new SettingException(
                    NAME,
                    environment.text(NAME).orElseThrow(),
                    "a list of exact origins. '*' would let every web page that a user of your network visits use "
                            + "this API");
        }
        List<String> origins = environment.list(NAME, FORM, CorsOrigins::parse);
        if (origins.size() > MAX_ORIGINS) {
            throw new SettingException(
                    NAME,
                    "a list of %d".formatted(origins.size()),
                    "at most %d origins, separated by commas".formatted(MAX_ORIGINS));
        }
        return Set.copyOf(origins);
    }

    private static String parse(String text) {
        if (text.length() > MAX_LENGTH || !ORIGIN.matcher(text).matches()) {
            throw new IllegalArgumentException();
        }
        return text;
    }
}
