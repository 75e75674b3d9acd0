package dev.hyperfleet.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The server that commands talk to: that of the environment, else that of the chosen context, else the one that runs on
 * this host with this user's home.
 *
 * @param url of the API
 * @param key an API key, if there is one
 */
record Connection(String url, Optional<String> key) {
    private static final String DEFAULT_URL = "http://127.0.0.1:3000";
    private static final String URL = "HYPERFLEET_URL";
    private static final String TOKEN = "HYPERFLEET_TOKEN";

    static Connection of(Map<String, String> environment) {
        Optional<String> url = text(environment, URL);
        Optional<String> token = text(environment, TOKEN);
        if (url.isPresent() || token.isPresent()) {
            return new Connection(url.orElse(DEFAULT_URL), token);
        }
        return ContextFile.of(environment)
                .current(text(environment, "HYPERFLEET_CONTEXT"))
                .or(() -> text(environment, "HYPERFLEET_HOME").flatMap(home -> LocalServer.read(Path.of(home))))
                .orElse(new Connection(DEFAULT_URL, Optional.empty()));
    }

    private static Optional<String> text(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
    }
}
