package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URLEncoder;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Files in a machine. */
@ExtendWith(SharedServer.class)
class FilesTest {
    private final ServerProcess server;
    private final Api api;
    private final String id;
    private final String files;

    FilesTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.id = shared.runningId();
        this.files = "/machines/" + id + "/files";
    }

    private String at(String path) {
        return files + "?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
    }

    private String sub(String action, String path) {
        return files + "/" + action + "?path=" + URLEncoder.encode(path, StandardCharsets.UTF_8);
    }

    private String run(String script) {
        Response answer = api.exec(id, "sh", "-c", script);
        assertThat(answer.json().path("exit_code").asInt(-1))
                .as(new String(answer.body(), StandardCharsets.UTF_8))
                .isZero();
        return answer.field("stdout");
    }

    @Test
    void aFileComesBackByteForByteWithItsModeAndOwner() {
        byte[] bytes = new byte[100_000];
        new Random(2).nextBytes(bytes);
        Response written = api.put(at("/srv/new folder/ä?&.bin") + "&parents=true&mode=0750&user=nobody", bytes);
        assertThat(written.status()).as(written.message()).isEqualTo(200);
        assertThat(written.json().get("size").asInt()).isEqualTo(100_000);
        assertThat(run("stat -c '%a %U' '/srv/new folder/ä?&.bin'")).isEqualTo("750 nobody\n");
        Response read = api.get(at("/srv/new folder/ä?&.bin"));
        assertThat(read.body()).isEqualTo(bytes);
        assertThat(read.header("etag")).isEqualTo(written.header("etag"));
        Response again = api.put(at("/srv/new folder/ä?&.bin"), new byte[0]);
        assertThat(again.json().get("mode").asString()).isEqualTo("0750");
        assertThat(again.json().get("user").asString()).isEqualTo("nobody");
        assertThat(api.get(at("/srv/new folder/ä?&.bin")).body()).isEmpty();
    }

    @Test
    void aLargeFileIsStreamedBothWays() throws Exception {
        int pieces = 96;
        long serverBefore = server.peakMemoryMib();
        byte[] piece = new byte[1 << 20];
        new Random(3).nextBytes(piece);
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int i = 0; i < pieces; i++) {
            digest.update(piece);
        }
        String hash = HexFormat.of().formatHex(digest.digest());
        Response written = api.put(
                at("/srv/large") + "&parents=true", BodyPublishers.ofInputStream(() -> repeated(piece, pieces)));
        assertThat(written.status()).as(written.message()).isEqualTo(200);
        assertThat(run("sha256sum /srv/large")).startsWith(hash);
        HttpResponse<InputStream> read = api.stream(at("/srv/large"));
        try (DigestInputStream body = new DigestInputStream(read.body(), MessageDigest.getInstance("SHA-256"))) {
            body.transferTo(java.io.OutputStream.nullOutputStream());
            assertThat(HexFormat.of().formatHex(body.getMessageDigest().digest()))
                    .isEqualTo(hash);
        }
        assertThat(api.delete(at("/srv/large")).status()).isEqualTo(204);
        assertThat(server.peakMemoryMib() - serverBefore)
                .as("MiB that the server took for it")
                .isLessThan(64);
    }

    private static InputStream repeated(byte[] piece, int count) {
        return new SequenceInputStream(
                java.util.Collections.enumeration(java.util.Collections.nCopies(count, piece).stream()
                        .map(ByteArrayInputStream::new)
                        .map(InputStream.class::cast)
                        .toList()));
    }

    @Test
    void aPartOfAFileAndAVersionOfItCanBeAskedFor() {
        api.put(at("/tmp/part"), "0123456789".getBytes(StandardCharsets.UTF_8));
        Response part = api.request("GET", at("/tmp/part"), "Range", "bytes=2-4");
        assertThat(part.status()).isEqualTo(206);
        assertThat(part.body()).asString().isEqualTo("234");
        assertThat(part.header("content-range")).contains("bytes 2-4/10");
        assertThat(api.request("GET", at("/tmp/part"), "Range", "bytes=-3").body())
                .asString()
                .isEqualTo("789");
        assertThat(api.request("GET", at("/tmp/part"), "Range", "bytes=8-").body())
                .asString()
                .isEqualTo("89");
        assertThat(api.request("GET", at("/tmp/part"), "Range", "bytes=10-").status())
                .isEqualTo(416);
        String etag = part.header("etag").orElseThrow();
        assertThat(api.request("GET", at("/tmp/part"), "If-None-Match", etag).status())
                .isEqualTo(304);
        assertThat(api.put(at("/tmp/part"), new byte[1], "If-Match", etag).status())
                .isEqualTo(200);
        Response stale = api.put(at("/tmp/part"), new byte[2], "If-Match", etag);
        assertThat(stale.status()).isEqualTo(412);
        assertThat(stale.code()).isEqualTo("PRECONDITION_FAILED");
        assertThat(api.request("DELETE", at("/tmp/part"), "If-Match", etag).status())
                .isEqualTo(412);
        assertThat(api.put(at("/tmp/part"), new byte[2], "If-None-Match", "*").status())
                .isEqualTo(412);
        assertThat(api.get(at("/tmp/part")).body()).hasSize(1);
        assertThat(api.request("HEAD", at("/tmp/part")).header("content-length"))
                .contains("1");
    }

    @Test
    void aFileOfTheKernelsHasNoSizeAndBytesAllTheSame() {
        assertThat(api.get(at("/proc/version")).body()).asString().startsWith("Linux version");
        assertThat(api.get(at("/sys/devices/system/cpu/online")).body())
                .asString()
                .isEqualTo("0\n");
    }

    @Test
    void whatIsNoRegularFileIsNeitherReadNorWrittenAndNothingHangs() {
        run("mkfifo /tmp/pipe; ln -s /nowhere /tmp/dangling; ln -sf /tmp/loop /tmp/loop; mkdir -p /tmp/dir/sub");
        for (String path : List.of("/dev/null", "/dev/zero", "/tmp/pipe", "/tmp/dir", "/tmp/loop", "/etc/passwd/x")) {
            assertThat(api.get(at(path)).status()).as(path).isEqualTo(400);
            assertThat(api.put(at(path), new byte[1]).status()).as(path).isEqualTo(400);
        }
        assertThat(api.get(at("/tmp/dangling")).status()).isEqualTo(404);
        assertThat(api.put(at("/tmp/dangling"), new byte[1]).status()).isEqualTo(404);
        assertThat(api.get(at("/none")).status()).isEqualTo(404);
        assertThat(api.put(at("/none/file"), new byte[1]).status()).isEqualTo(404);
        assertThat(api.delete(at("/none")).status()).isEqualTo(404);
        assertThat(api.delete(at("/tmp/dir")).message()).contains("not empty");
        assertThat(api.delete(at("/")).status()).isEqualTo(400);
        assertThat(api.delete(at("/tmp/dir") + "&recursive=true").status()).isEqualTo(204);
        assertThat(api.get(files).message()).isEqualTo("path is required");
        assertThat(api.get(files + "?path=relative").message()).startsWith("path must be absolute");
        assertThat(api.get(files + "?path=%00").status()).isEqualTo(400);
        assertThat(api.get(at("/" + "x".repeat(5000))).message()).contains("at most 4095 bytes");
        assertThat(api.put(at("/tmp/x") + "&mode=999", new byte[1]).message()).contains("octal");
        assertThat(api.put(at("/tmp/x") + "&user=nobody-such", new byte[1]).message())
                .contains("does not exist");
        assertThat(api.put(at("/tmp/x"), new byte[1], "Content-Encoding", "gzip")
                        .status())
                .isEqualTo(415);
    }

    /** A path is resolved only in the guest: none of these leads to the host. */
    @Test
    void aPathNeverLeadsToTheHost(@TempDir Path folder) throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "the host's");
        for (String path : List.of(
                secret.toString(),
                "/../../../.." + secret,
                "/proc/1/root" + secret,
                "/proc/self/root/../../.." + secret)) {
            assertThat(api.get(at(path)).status()).as(path).isEqualTo(404);
        }
        run("ln -sfn / /tmp/rootlink");
        assertThat(api.get(at("/tmp/rootlink/../../.." + secret)).status()).isEqualTo(404);
        assertThat(api.put(at("/../../../.." + folder + "/new") + "&parents=true", new byte[1])
                        .status())
                .isEqualTo(200);
        assertThat(folder.resolve("new")).doesNotExist();
    }

    @Test
    void aNameThatIsNotUtf8IsUsedInBase64() {
        run("printf x > \"/tmp/$(printf 'caf\\351')\"");
        List<JsonNode> odd = new java.util.ArrayList<>();
        for (JsonNode one : api.get(sub("list", "/tmp") + "&limit=1000").json().get("entries")) {
            if (one.get("path_encoding").asString().equals("base64")) {
                odd.add(one);
            }
        }
        assertThat(odd).hasSize(1);
        String path = odd.getFirst().get("path").asString();
        assertThat(Base64.getDecoder().decode(path)).endsWith((byte) 0xe9);
        assertThat(api.get(at(path) + "&path_encoding=base64").body())
                .asString()
                .isEqualTo("x");
        assertThat(api.delete(at(path) + "&path_encoding=base64").status()).isEqualTo(204);
    }

    @Test
    void foldersAreListedInPagesAndAsDeepAsIsAskedFor() {
        run("mkdir -p /srv/list/b/c && cd /srv/list && touch a 'a b' b/1 b/2 b/c/3 z && ln -s z l");
        assertThat(paths("/srv/list", "&depth=1&limit=2"))
                .containsExactly("/srv/list/a", "/srv/list/a b", "/srv/list/b", "/srv/list/l", "/srv/list/z");
        assertThat(paths("/srv/list", "&depth=64&limit=3"))
                .containsExactly(
                        "/srv/list/a",
                        "/srv/list/a b",
                        "/srv/list/b",
                        "/srv/list/b/1",
                        "/srv/list/b/2",
                        "/srv/list/b/c",
                        "/srv/list/b/c/3",
                        "/srv/list/l",
                        "/srv/list/z");
        JsonNode link = api.get(sub("stat", "/srv/list/l")).json();
        assertThat(link.get("type").asString()).isEqualTo("link");
        assertThat(link.get("link_target").asString()).isEqualTo("z");
        assertThat(api.get(sub("stat", "/srv/list/l") + "&follow=true").field("type"))
                .isEqualTo("file");
        assertThat(api.get(sub("stat", "/none")).status()).isEqualTo(404);
        assertThat(api.get(sub("list", "/none")).status()).isEqualTo(404);
        assertThat(api.get(sub("list", "/etc/passwd")).status()).isEqualTo(400);
        assertThat(api.get(sub("list", "/") + "&cursor=!").message()).contains("cursor");
    }

    private List<String> paths(String folder, String query) {
        java.util.ArrayList<String> paths = new java.util.ArrayList<>();
        String cursor = "";
        do {
            JsonNode page = api.get(sub("list", folder) + query + cursor).json();
            page.get("entries").forEach(entry -> paths.add(entry.get("path").asString()));
            cursor = page.get("cursor").isNull()
                    ? ""
                    : "&cursor=" + page.get("cursor").asString();
        } while (!cursor.isEmpty());
        return paths;
    }

    @Test
    void foldersAreMadeMovedCopiedAndChanged() {
        assertThat(api.post(files + "/mkdir", Map.of("path", "/srv/m/n", "parents", true, "mode", "0700"))
                        .status())
                .isEqualTo(201);
        assertThat(api.post(files + "/mkdir", Map.of("path", "/srv/m/n")).status())
                .isEqualTo(409);
        assertThat(api.post(files + "/mkdir", Map.of("path", "/none/x")).status())
                .isEqualTo(404);
        api.put(at("/srv/m/n/file"), "text".getBytes(StandardCharsets.UTF_8));
        assertThat(api.post(files + "/copy", Map.of("from", "/srv/m", "to", "/srv/m2"))
                        .status())
                .isEqualTo(200);
        assertThat(api.post(files + "/copy", Map.of("from", "/srv/m", "to", "/srv/m2"))
                        .status())
                .isEqualTo(409);
        assertThat(api.post(files + "/copy", Map.of("from", "/srv/m", "to", "/srv/m/in"))
                        .status())
                .isEqualTo(400);
        assertThat(api.post(files + "/copy", Map.of("from", "/none", "to", "/srv/x"))
                        .status())
                .isEqualTo(404);
        assertThat(api.post(files + "/move", Map.of("from", "/srv/m2", "to", "/srv/m3"))
                        .field("path"))
                .isEqualTo("/srv/m3");
        assertThat(api.post(files + "/move", Map.of("from", "/srv/m3", "to", "/srv/m"))
                        .status())
                .isEqualTo(409);
        assertThat(api.post(files + "/move", Map.of("from", "/none", "to", "/srv/x"))
                        .status())
                .isEqualTo(404);
        assertThat(api.post(files + "/move", Map.of("from", "/srv/m3", "to", "/dev/shm/m4"))
                        .status())
                .as("to another file system")
                .isEqualTo(200);
        assertThat(run("cat /dev/shm/m4/n/file; stat -c %a /dev/shm/m4/n; ls /srv/m3 2>&1 | head -1"))
                .startsWith("text700\n");
        assertThat(api.post(
                                files + "/chmod",
                                Map.of("path", "/srv/m", "mode", "0711", "user", "nobody", "recursive", true))
                        .status())
                .isEqualTo(200);
        assertThat(run("stat -c '%a %U' /srv/m/n/file")).isEqualTo("711 nobody\n");
        assertThat(api.post(files + "/chmod", Map.of("path", "/srv/m")).message())
                .isEqualTo("mode or user is required");
        assertThat(api.post(files + "/chmod", Map.of("path", "/none", "mode", "0600"))
                        .status())
                .isEqualTo(404);
        assertThat(api.delete(at("/dev/shm/m4") + "&recursive=true").status()).isEqualTo(204);
    }

    @Test
    void aFolderGoesThereAndBackAsTarUnchanged() {
        run("mkdir -p /srv/tree/a/b && cd /srv/tree && head -c 200000 /dev/urandom > a/random && : > a/empty"
                + " && echo x > 'a/b/with space' && chmod 640 a/b/* && ln -s ../a/random a/link && mkdir -m 700 locked"
                + " && touch -h -d '2001-02-03 04:05:06' a/link");
        byte[] archive = api.get(sub("tar", "/srv/tree")).body();
        Response unpacked = api.put(sub("tar", "/srv/tree2") + "&parents=true", archive);
        assertThat(unpacked.status()).as(unpacked.message()).isEqualTo(200);
        assertThat(unpacked.json().get("entries").asInt()).isEqualTo(8);
        String describe =
                "cd %s && find . | sort | while read f; do stat -c '%%n %%a %%F %%Y' \"$f\"; done; find . -type f | sort | xargs -d '\\n' cat | sha256sum; readlink a/link";
        assertThat(run(describe.formatted("/srv/tree2")
                        .replace("xargs -d '\\n' cat", "while read f; do cat \"$f\"; done")))
                .isEqualTo(run(describe.formatted("/srv/tree")
                        .replace("xargs -d '\\n' cat", "while read f; do cat \"$f\"; done")));
        assertThat(api.get(sub("tar", "/none")).status()).isEqualTo(404);
        assertThat(api.put(sub("tar", "/none"), archive).status()).isEqualTo(404);
        assertThat(api.put(sub("tar", "/srv/tree2"), "no tar at all".repeat(100).getBytes(StandardCharsets.UTF_8))
                        .status())
                .isEqualTo(400);
    }

    /** The kernel's own files have no end, or cannot be read. */
    @Test
    void theTarOfTheWholeRootIsComplete() {
        byte[] archive = api.get(sub("tar", "/")).body();
        assertThat(Arrays.copyOfRange(archive, archive.length - 1024, archive.length))
                .containsOnly(0);
        String names = new String(archive, StandardCharsets.ISO_8859_1);
        assertThat(names).contains("etc/hostname\0", "proc/\0", "sys/\0", "dev/null\0");
        assertThat(names).doesNotContain("proc/version\0", "sys/kernel/\0");
    }

    @Test
    void aTarThatLeadsOutOfItsFolderIsRefused() {
        run("mkdir -p /srv/jail /srv/outside");
        // In the guest, by tar itself: an entry with '..', and one through a link from the archive.
        run("cd /srv/jail && echo evil > ../evil && tar -cf /tmp/up.tar ../evil 2>/dev/null || true");
        run(
                "mkdir -p /tmp/t && cd /tmp/t && ln -sfn /srv/outside out && tar -cf /tmp/link.tar out && rm out && mkdir out"
                        + " && echo evil > out/file && tar -rf /tmp/link.tar out/file 2>/dev/null || tar -cf /tmp/link2.tar out/file");
        byte[] link = api.get(at("/tmp/link.tar")).body();
        assertThat(api.put(sub("tar", "/srv/jail"), link).status()).isIn(200, 400);
        assertThat(run("ls /srv/outside")).isEmpty();
        assertThat(api.put(sub("tar", "/srv/jail"), TarBytes.of("../escaped", "evil"))
                        .message())
                .contains("leads out");
        assertThat(api.put(sub("tar", "/srv/jail"), TarBytes.of("/etc/escaped", "evil"))
                        .message())
                .contains("leads out");
        run("ln -sfn /srv/outside /srv/jail/door");
        assertThat(api.put(sub("tar", "/srv/jail"), TarBytes.of("door/file", "evil"))
                        .status())
                .isEqualTo(400);
        assertThat(run("ls /srv/outside; ls /etc/escaped /srv/escaped 2>/dev/null; true"))
                .isEmpty();
    }

    @Test
    void aFullDiskIsSaidAndLeavesWhatWasThere() {
        api.put(at("/dev/shm/kept"), "kept".getBytes(StandardCharsets.UTF_8));
        byte[] piece = new byte[1 << 20];
        Response full = api.put(at("/dev/shm/kept"), BodyPublishers.ofInputStream(() -> repeated(piece, 120)));
        assertThat(full.status()).isEqualTo(507);
        assertThat(full.code()).isEqualTo("INSUFFICIENT_STORAGE");
        assertThat(full.message()).contains("disk is full");
        assertThat(run("ls -A /dev/shm; cat /dev/shm/kept")).isEqualTo("kept\nkept");
    }

    @Test
    @Timeout(120)
    void anUploadThatBreaksOffLeavesNothing() {
        byte[] bytes = new byte[1 << 20];
        InputStream broken = new SequenceInputStream(new ByteArrayInputStream(bytes), new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("the client breaks down");
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                return read();
            }
        });
        run("mkdir -p /srv/broken");
        try (EventReader events = api.events(sub("watch", "/srv/broken"))) {
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> api.put(at("/srv/broken/file"), BodyPublishers.ofInputStream(() -> broken)))
                    .isInstanceOf(java.io.UncheckedIOException.class);
            // The agent notices it when the server does.
            assertThat(events.await("remove").data().get("path").asString()).contains(".hyperfleet-");
        }
        assertThat(run("ls -A /srv/broken")).isEmpty();
    }

    @Test
    void aWatchMissesNoneOfAThousandChanges() {
        run("mkdir -p /srv/watched");
        Set<String> expected = new HashSet<>();
        Set<String> seen = new HashSet<>();
        try (EventReader events = api.events(sub("watch", "/srv/watched") + "&recursive=true")) {
            run(
                    "cd /srv/watched && for d in 0 1 2 3 4 5 6 7 8 9; do mkdir -p d$d/e; for i in $(seq 1 50); do echo > d$d/e/f$i; echo > d$d/g$i; done; done;"
                            + " mv d0/e/f1 d1/moved; rm d2/g2; chmod 600 d3/g3; mv d4 renamed; echo > renamed/e/late; touch last");
            for (int folder = 0; folder < 10; folder++) {
                for (int file = 1; file <= 50; file++) {
                    expected.add("create /srv/watched/d%d/e/f%d".formatted(folder, file));
                    expected.add("create /srv/watched/d%d/g%d".formatted(folder, file));
                }
            }
            expected.addAll(List.of(
                    "rename /srv/watched/d1/moved from /srv/watched/d0/e/f1",
                    "remove /srv/watched/d2/g2",
                    "attributes /srv/watched/d3/g3",
                    "rename /srv/watched/renamed from /srv/watched/d4",
                    "create /srv/watched/renamed/e/late"));
            while (!seen.contains("create /srv/watched/last")) {
                EventReader.Event event = events.next().orElseThrow();
                String from = event.data().get("from").isNull()
                        ? ""
                        : " from " + event.data().get("from").asString();
                seen.add(event.type() + " " + event.data().get("path").asString() + from);
            }
        }
        assertThat(seen).containsAll(expected);
    }

    @Test
    void aBodyThatIsLongerThanAllowedIsRefused(@TempDir Path state) throws Exception {
        try (ServerProcess server = ServerProcess.start(state, Map.of("HYPERFLEET_FILE_MAX_SIZE", "1"))) {
            Api limited = server.api();
            String machine = limited.run("limited");
            String file = "/machines/" + machine + "/files?path=/root/file";
            assertThat(limited.put(file, new byte[1 << 20]).status()).isEqualTo(200);
            assertThat(limited.put(file, new byte[(1 << 20) + 1]).status()).isEqualTo(413);
            // Without announcing its length.
            assertThat(limited.put(
                                    file,
                                    BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[3 << 20])))
                            .status())
                    .isEqualTo(413);
            assertThat(limited.put("/machines/" + machine + "/files/tar?path=/root", new byte[(1 << 20) + 1])
                            .status())
                    .isEqualTo(413);
            assertThat(limited.request("HEAD", file).header("content-length")).contains("1048576");
        }
    }
}
