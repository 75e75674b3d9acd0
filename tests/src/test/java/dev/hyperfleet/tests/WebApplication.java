package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A machine that serves the web application of tests/app on port 8080, and echoes TCP on 8081, from its boot on. */
final class WebApplication {
    static final int PORT = 8080;
    static final int ECHO_PORT = 8081;
    private static final Path PROGRAM = Path.of("target/app").toAbsolutePath();

    private WebApplication() {}

    /** Creates such a machine with these additional settings, starts it, and returns its id. */
    static String run(Api api, String name, Map<String, ?> settings) throws IOException {
        Map<String, Object> body = new HashMap<>(Map.of(
                "name", name, "vcpu_count", 1, "mem_size_mib", 256, "exposed_ports", List.of(PORT, ECHO_PORT, 9000)));
        body.putAll(settings);
        Response created = api.post("/machines", body);
        assertThat(created.status()).as(created.message()).isEqualTo(201);
        String id = created.field("id");
        Response started = api.post("/machines/" + id + "/start");
        assertThat(started.status()).as(started.message()).isEqualTo(200);
        put(api, id, "/srv/app", Files.readAllBytes(PROGRAM));
        put(api, id, "/etc/rc.local", "#!/bin/sh\nexec /srv/app 8080\n".getBytes(StandardCharsets.US_ASCII));
        begin(api, id);
        return id;
    }

    private static void put(Api api, String id, String path, byte[] content) {
        Response answer = api.put("/machines/%s/files?path=%s&mode=0755&parents=true".formatted(id, path), content);
        assertThat(answer.status()).as(answer.message()).isIn(200, 201);
    }

    /** Starts it as the boot would, and returns when it listens. */
    static void begin(Api api, String id) {
        String process = api.start(id, Map.of("background", true), "/etc/rc.local");
        try (Terminal terminal = api.attach("/machines/%s/processes/%s/attach".formatted(id, process))) {
            var _ = terminal.await("listening");
        }
    }
}
