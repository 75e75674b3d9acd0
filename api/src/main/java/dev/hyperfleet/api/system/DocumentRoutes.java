package dev.hyperfleet.api.system;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.http.Json;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The API's description, as JSON and as a page; everything that the page loads is served from here. */
public final class DocumentRoutes implements RouteGroup {
    private record WelcomeJson(String docs, String openapi, String health, String machines) {}

    /** The folder's name contains the version, which the build fills in. */
    private static final String SWAGGER_UI =
            ResourceBundle.getBundle("dev.hyperfleet.api.system.build").getString("swagger-ui");

    private static final Map<String, String> ASSETS = Map.of(
            "swagger-ui.css", "text/css",
            "swagger-ui-bundle.js", "text/javascript",
            "favicon-32x32.png", "image/png");
    private static final String ONLY_FROM_HERE =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    /** The description, built on first use. Concurrent first uses may build it twice, with the same result. */
    private volatile byte[] json = new byte[0];

    @Override
    public void register(Routes routes) {
        routes.getPublic("/", DocumentRoutes::welcome);
        routes.getPublic("/openapi.json", this::description);
        routes.getPublic(
                "/openapi.yaml",
                context -> context.contentType("application/yaml").result(read("openapi.yaml")));
        routes.getPublic("/docs", DocumentRoutes::page);
        routes.getPublic("/docs/{asset}", DocumentRoutes::asset);
    }

    /** People get the documentation, programs the addresses of everything that needs no key. */
    private static void welcome(Context context) {
        context.res().addHeader("Vary", "Accept");
        if (Optional.ofNullable(context.header("Accept")).orElse("").contains("text/html")) {
            context.status(HttpStatus.FOUND).header("Location", "/docs").res().setContentType(null);
        } else {
            Responses.json(context, new WelcomeJson("/docs", "/openapi.json", "/health", "/machines"));
        }
    }

    private void description(Context context) throws IOException {
        if (json.length == 0) {
            json = Json.MAPPER.writeValueAsBytes(new YAMLMapper().readTree(read("openapi.yaml")));
        }
        context.contentType(Responses.JSON_TYPE).result(json);
    }

    private static void page(Context context) throws IOException {
        context.header("Content-Security-Policy", ONLY_FROM_HERE)
                .contentType("text/html; charset=utf-8")
                .result(read("docs.html"));
    }

    private static void asset(Context context) throws IOException {
        String name = context.pathParam("asset");
        if (name.equals("docs.js")) {
            context.contentType("text/javascript").result(read("docs.js"));
            return;
        }
        @Nullable String type = ASSETS.get(name);
        if (type == null) {
            throw new HyperfleetException(ErrorCode.NOT_FOUND, "There is nothing at " + context.path());
        }
        context.contentType(type).result(read(SWAGGER_UI + name));
    }

    private static byte[] read(String resource) throws IOException {
        try (InputStream stream = DocumentRoutes.class.getResourceAsStream(resource)) {
            if (stream == null) {
                throw new IllegalStateException("not in the build: " + resource);
            }
            return stream.readAllBytes();
        }
    }
}
