package dev.hyperfleet.api;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import io.javalin.http.Context;
import io.javalin.router.JavalinDefaultRoutingApi;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** The API's description, as JSON and as a page; all that the page needs is served from here. */
final class DocumentRoutes {
    /** The version is in the folder's name, and filled in by the build. */
    private static final String SWAGGER_UI =
            ResourceBundle.getBundle("dev.hyperfleet.api.build").getString("swagger-ui");

    private static final Map<String, String> ASSETS = Map.of(
            "swagger-ui.css", "text/css",
            "swagger-ui-bundle.js", "text/javascript",
            "favicon-32x32.png", "image/png");
    private static final String ONLY_FROM_HERE =
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";

    void register(JavalinDefaultRoutingApi routes) {
        routes.get("/openapi.json", DocumentRoutes::description, Access.PUBLIC);
        routes.get("/docs", DocumentRoutes::page, Access.PUBLIC);
        routes.get("/docs/{asset}", DocumentRoutes::asset, Access.PUBLIC);
    }

    private static void description(Context context) throws IOException {
        JsonNode description = new YAMLMapper().readTree(read("openapi.yaml"));
        Answers.json(context, description);
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
