package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real machines of a container image, from Debian's {@code docker-registry} on loopback. */
class ContainerImageTest {
    private static final int TIMEOUT_SECONDS = 60;

    @TempDir
    private Path folder;

    private Process registry;
    private String image;
    private Map<String, String> settings;

    @BeforeEach
    void pushAnImage() throws Exception {
        String address = "127.0.0.1:" + freePort();
        image = address + "/team/busybox:one";
        settings = Map.of("HYPERFLEET_PLAIN_REGISTRIES", address);
        Path config = folder.resolve("registry.yml");
        Files.writeString(config, """
                version: 0.1
                log: {level: info}
                storage:
                  filesystem: {rootdirectory: "%s"}
                http: {addr: "%s"}
                """.formatted(folder.resolve("storage"), address));
        registry = new ProcessBuilder("docker-registry", "serve", config.toString())
                .redirectErrorStream(true)
                .start();
        BufferedReader log = registry.inputReader();
        assertThat(log.lines().anyMatch(line -> line.contains("listening on"))).isTrue();
        Thread.ofVirtual().start(() -> log.lines().forEach(_ -> {}));
        push(makeRoot());
    }

    @AfterEach
    void endRegistry() throws Exception {
        registry.destroy();
        assertThat(registry.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** One program, its names, and a file. */
    private Path makeRoot() throws IOException {
        Path root = Files.createDirectories(folder.resolve("root"));
        Files.createDirectories(root.resolve("bin"));
        Path program = Stream.of(System.getenv("PATH").split(":"))
                .map(place -> Path.of(place, "busybox"))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow();
        Files.copy(program, root.resolve("bin/busybox"), StandardCopyOption.COPY_ATTRIBUTES);
        for (String name : List.of("sh", "cat", "sleep", "mount", "id")) {
            Files.createSymbolicLink(root.resolve("bin").resolve(name), Path.of("busybox"));
        }
        Files.writeString(root.resolve("from-the-image"), "hello\n");
        return root;
    }

    private void push(Path root) throws Exception {
        String layout =
                Files.createTempDirectory(folder, "image-").resolve("layout").toString();
        run("umoci", "init", "--layout", layout);
        run("umoci", "new", "--image", layout + ":one");
        run("umoci", "insert", "--rootless", "--image", layout + ":one", root.toString(), "/");
        run(
                "skopeo",
                "--insecure-policy",
                "copy",
                "--dest-tls-verify=false",
                "oci:" + layout + ":one",
                "docker://" + image);
    }

    private void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("output").toFile())
                .start();
        assertThat(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as(Files.readString(folder.resolve("output")))
                .isZero();
    }

    private Response create(Api api, String name, String reference) {
        Map<String, Object> body = new HashMap<>(Map.of("name", name, "vcpu_count", 1, "mem_size_mib", 256));
        body.put("image", reference);
        return api.post("/machines?start=true", body);
    }

    @Test
    void machinesBootAContainerImageAndKeepIt() throws Exception {
        Path home = Files.createDirectory(
                folder.resolve("home"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        String first;
        try (ServerProcess server = ServerProcess.start(home, settings)) {
            Api api = server.api();
            Response missing = create(api, "missing", image.replace("busybox", "nothing"));
            assertThat(missing.status()).as(missing.message()).isEqualTo(404);
            assertThat(missing.message()).contains("There is no image");
            assertThat(api.get("/machines").json().path("total").asInt()).isZero();

            Response made = create(api, "one", image);
            assertThat(made.field("status")).as(made.message()).isEqualTo("running");
            assertThat(made.json().at("/image/reference").asString()).isEqualTo(image);
            assertThat(made.json().at("/image/digest").asString()).matches("sha256:[0-9a-f]{64}");
            first = made.field("id");
            assertThat(sh(api, first, "cat /from-the-image; echo mine > /from-the-image; cat /from-the-image"))
                    .isEqualTo("hello\nmine");

            Files.writeString(folder.resolve("root/from-the-image"), "changed\n");
            push(folder.resolve("root"));
            Response next = create(api, "two", image);
            assertThat(next.json().at("/image/digest")).isNotEqualTo(made.json().at("/image/digest"));
            assertThat(sh(api, next.field("id"), "cat /from-the-image")).isEqualTo("changed");
            Response third = create(api, "three", image);
            assertThat(third.field("started_from")).isEqualTo("boot-snapshot");
            assertThat(sh(api, third.field("id"), "cat /from-the-image")).isEqualTo("changed");
            try (Stream<Path> files = Files.list(home.resolve("containers"))) {
                assertThat(files).hasSize(2);
            }
            server.kill();
        }
        try (ServerProcess server = ServerProcess.start(home, settings)) {
            Api api = server.api();
            assertThat(api.get("/machines/" + first)
                            .json()
                            .at("/image/reference")
                            .asString())
                    .isEqualTo(image);
            assertThat(api.post("/machines/" + first + "/restart").field("status"))
                    .isEqualTo("running");
            assertThat(sh(api, first, "cat /from-the-image")).isEqualTo("mine");
        }
    }

    private static String sh(Api api, String machine, String script) {
        Response done = api.exec(machine, "sh", "-c", script);
        assertThat(done.json().path("exit_code").asInt()).as(done.toString()).isZero();
        return done.field("stdout").strip();
    }
}
