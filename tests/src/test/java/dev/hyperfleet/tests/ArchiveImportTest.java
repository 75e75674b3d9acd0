package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Cli.Result;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot moves from one server to another, which has its own home. */
class ArchiveImportTest {
    private static final Map<String, String> TRUSTING =
            Map.of("HYPERFLEET_ARCHIVE_KEY", "a secret that both of these servers have");

    @TempDir
    private Path folder;

    private static String sh(Api api, String machine, String script) {
        Response done = api.exec(machine, "sh", "-c", script);
        assertThat(done.json().path("exit_code").asInt()).as(done.toString()).isZero();
        return done.field("stdout").strip();
    }

    private static Result cli(ServerProcess server, String... command) {
        return Cli.run(server.state, Map.of("HYPERFLEET_URL", server.url), command);
    }

    private static String startFrom(Api api, String snapshot, String name) {
        Response copy = api.post("/machines?start=true", Map.of("name", name, "snapshot", snapshot));
        assertThat(copy.field("status")).as(copy.message()).isEqualTo("running");
        return copy.field("id");
    }

    private Path home(String name) throws IOException {
        return Files.createDirectory(
                folder.resolve(name),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }

    /** The file of a snapshot of a machine that counts. */
    private Path export() throws Exception {
        Path file = folder.resolve("moved.zip");
        try (ServerProcess server = ServerProcess.start(home("from"), TRUSTING)) {
            Api api = server.api();
            String source = api.run("moved");
            Counter.start(api, source);
            sh(api, source, "echo kept > /root/file; sync; while [ ! -e /run/count ]; do :; done");
            Response saved = api.post("/machines/" + source + "/snapshots", Map.of("name", "moved"));
            assumeThat(saved.code()).as(saved.message()).isNotEqualTo("UNSUPPORTED");
            assertThat(saved.status()).as(saved.message()).isEqualTo(201);
            Result exported = cli(server, "snapshot", "export", "moved", file.toString());
            assertThat(exported.exitCode()).as(exported.output()).isZero();
        }
        return file;
    }

    @Test
    void anImportDuringWhichTheServerIsKilledLeavesNothing() throws Exception {
        Path file = export();
        Path home = home("killed");
        Path snapshots = home.resolve("snapshots");
        try (ServerProcess server = ServerProcess.start(home, TRUSTING);
                WatchService begun = FileSystems.getDefault().newWatchService()) {
            snapshots.register(begun, StandardWatchEventKinds.ENTRY_CREATE);
            try (Socket client = sendHalf(server, file)) {
                assertThat(begun.poll(30, TimeUnit.SECONDS))
                        .as("the import has begun")
                        .isNotNull();
                assertThat(snapshots).isNotEmptyDirectory();
                server.kill();
                assertThat(client.isClosed()).isFalse();
            }
        }
        try (ServerProcess next = ServerProcess.start(home, TRUSTING)) {
            assertThat(snapshots).isEmptyDirectory();
            assertThat(next.api().get("/snapshots").json().path("total").asInt())
                    .isZero();
            Result imported = cli(next, "snapshot", "import", file.toString());
            assertThat(imported.exitCode()).as(imported.output()).isZero();
        }
    }

    /** A client that has sent half of an archive, and does not go on. */
    private static Socket sendHalf(ServerProcess server, Path archive) throws IOException {
        byte[] content = Files.readAllBytes(archive);
        URI address = URI.create(server.url);
        Socket client = new Socket(address.getHost(), address.getPort());
        client.getOutputStream().write("""
                        POST /snapshots HTTP/1.1\r
                        Host: localhost\r
                        Content-Type: application/zip\r
                        Content-Length: %d\r
                        \r
                        """.formatted(content.length).getBytes(StandardCharsets.US_ASCII));
        client.getOutputStream().write(content, 0, content.length / 2);
        return client;
    }

    @Test
    void aMachineContinuesOnTheHostThatItsSnapshotWasMovedTo() throws Exception {
        Path file = export();
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
        assertThat(Files.size(file)).isLessThan(100L << 20);
        Path home = home("to");
        try (ServerProcess server = ServerProcess.start(home, TRUSTING)) {
            Result imported = cli(server, "snapshot", "import", file.toString());
            assertThat(imported.exitCode()).as(imported.output()).isZero();
            Result again = cli(server, "snapshot", "import", file.toString());
            assertThat(again.exitCode()).isEqualTo(1);
            assertThat(again.output()).contains("A snapshot named 'moved' already exists");
            String copy = startFrom(server.api(), "moved", "arrived");
            assertThat(sh(server.api(), copy, "cat /root/file; hostname")).isEqualTo("kept\narrived");
            int first = Integer.parseInt(sh(server.api(), copy, "cat /run/count"));
            assertThat(Integer.parseInt(sh(server.api(), copy, "sleep 0.5; cat /run/count")))
                    .isGreaterThan(first);
        }
        try (ServerProcess stranger = ServerProcess.start(home)) {
            Result refused = cli(stranger, "snapshot", "import", file.toString(), "--name", "untrusted");
            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.output()).contains("HYPERFLEET_ARCHIVE_KEY");
            Result disk = cli(stranger, "snapshot", "import", file.toString(), "--name", "disk", "--disk-only");
            assertThat(disk.exitCode()).as(disk.output()).isZero();
            String copy = startFrom(stranger.api(), "disk", "from-disk");
            assertThat(sh(stranger.api(), copy, "cat /root/file; ls /run/count 2>&1 || true"))
                    .startsWith("kept\n")
                    .contains("No such");
            assertThat(stranger.api().get("/snapshots").json().path("total").asInt())
                    .isEqualTo(2);
        }
    }
}
