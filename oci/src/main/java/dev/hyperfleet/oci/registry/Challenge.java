package dev.hyperfleet.oci.registry;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The answer of a registry that wants a token, with the address of the service that gives one. See "Token authentication" of the distribution
 * project.
 *
 * @param realm the address of the service that gives tokens
 * @param service the registry's name there; may be empty
 */
record Challenge(String realm, String service) {
    private static final Pattern PARAMETER = Pattern.compile("([a-z]+)=\"([^\"]*)\"");
    private static final String BEARER = "Bearer ";
    private static final int MAX_HEADER = 2048;
    private static final int MAX_ANSWER = 16 << 10;
    private static final int OK = 200;

    /** Empty if it is another one. */
    static Optional<Challenge> parse(String header) {
        if (header.length() > MAX_HEADER || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            return Optional.empty();
        }
        Map<String, String> parameters = new HashMap<>();
        Matcher each = PARAMETER.matcher(header);
        while (each.find()) {
            parameters.put(each.group(1), each.group(2));
        }
        return Optional.ofNullable(parameters.get("realm"))
                .map(realm -> new Challenge(realm, parameters.getOrDefault("service", "")));
    }

    URI address(String scope) {
        String query = "service=%s&scope=%s".formatted(encoded(service), encoded(scope));
        try {
            return URI.create(realm + (realm.contains("?") ? "&" : "?") + query);
        } catch (IllegalArgumentException malformed) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "The registry names an invalid address for logins", malformed);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The token in the service's answer. */
    static String token(int status, InputStream body, ImageReference image) throws IOException {
        byte[] content = body.readNBytes(MAX_ANSWER);
        try {
            JsonNode json = JsonMapper.shared().readTree(status == OK ? content : new byte[0]);
            String token = json.path("token").asString(json.path("access_token").asString(""));
            if (!token.isEmpty() && token.chars().allMatch(c -> c > ' ' && c < 127)) {
                return token;
            }
        } catch (JacksonException malformed) {
            // It is not a token either.
        }
        throw new HyperfleetException(
                ErrorCode.BAD_REQUEST,
                "The registry %s gives no access to the image %s: it does not exist, or needs a login"
                        .formatted(image.registry(), image));
    }
}
