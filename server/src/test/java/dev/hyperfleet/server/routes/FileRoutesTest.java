package dev.hyperfleet.server.routes;

import static dev.hyperfleet.server.routes.Client.expect;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.core.guest.FakeFiles;
import dev.hyperfleet.server.routes.SharedServer.Shared;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import tools.jackson.databind.JsonNode;

@ExtendWith(SharedServer.class)
class FileRoutesTest {
    private static final byte[] CONTENT = "0123456789".getBytes(StandardCharsets.UTF_8);

    private final Client client;

    FileRoutesTest(Shared shared) {
        this.client = shared.client();
    }

    /** Runs a machine that has a file /file. */
    private String files(String name) {
        String files = client.run(name) + "/files";
        expect(200, client.put(files + "?path=/file", CONTENT));
        return files;
    }

    private static String body(Response answer) {
        return new String(answer.body(), StandardCharsets.UTF_8);
    }

    @Test
    void aFileIsReadWholeInPartsOrNotAgain() {
        String file = files("reads") + "?path=/file";
        Response whole = expect(200, client.get(file));
        assertThat(whole.body()).isEqualTo(CONTENT);
        expect(304, client.get(file, "If-None-Match", whole.header("etag").orElseThrow()));
        Response part = expect(206, client.get(file, "Range", "bytes=2-4"));
        assertThat(body(part)).isEqualTo("234");
        assertThat(part.header("content-range")).contains("bytes 2-4/10");
        assertThat(expect(416, client.get(file, "Range", "bytes=10-")).header("content-range"))
                .contains("bytes */10");
    }

    @Test
    void aFileIsWrittenIfItIsOfTheVersion() {
        String files = files("writes");
        Response written = expect(200, client.put(files + "?path=/a/b&parents=true&mode=0600", CONTENT));
        assertThat(written.field("mode")).isEqualTo("0600");
        String etag = written.header("etag").orElseThrow();
        expect(200, client.put(files + "?path=/a/b", new byte[0], "If-Match", etag));
        expect(412, client.put(files + "?path=/a/b", CONTENT, "If-Match", etag));
        expect(409, client.put(files + "?path=/a/b", CONTENT, "If-None-Match", "*"));
        expect(404, client.put(files + "?path=/none/b", CONTENT));
    }

    @Test
    void whatCannotBeWrittenIsRefused() {
        String files = files("refuses");
        assertThat(expect(400, client.put(files + "?path=relative&mode=9", CONTENT))
                        .message())
                .contains("path", "mode");
        expect(415, client.put(files + "?path=/a", CONTENT, "Content-Encoding", "gzip"));
        Response form = client.send("PUT", files + "?path=/a", "multipart/form-data; boundary=x", CONTENT);
        assertThat(expect(415, form).message()).contains("not a form", "-T FILE");
        expect(413, client.put(files + "?path=/a", new byte[(1 << 20) + 1]));
        Response full = expect(507, client.put(files + "?path=/a", new byte[FakeFiles.ROOM_BYTES + 1]));
        assertThat(full.code()).isEqualTo("INSUFFICIENT_STORAGE");
    }

    @Test
    void aFileIsRemovedIfItIsOfTheVersion() {
        String files = files("removes");
        expect(412, client.delete(files + "?path=/file", "If-Match", "\"another\""));
        expect(204, client.delete(files + "?path=/file"));
        expect(404, client.delete(files + "?path=/file"));
        assertThat(expect(400, client.delete(files)).message()).contains("path");
    }

    @Test
    void aFolderIsReadAndWrittenAsTar() {
        String tar = files("tars") + "/tar";
        assertThat(body(expect(200, client.get(tar + "?path=/file")))).isEqualTo("/file");
        Response written =
                expect(200, client.put(tar + "?path=/folder&parents=true", "a\nb".getBytes(StandardCharsets.UTF_8)));
        assertThat(written.json().get("entries").asInt()).isEqualTo(2);
        expect(404, client.get(tar + "?path=/none"));
        expect(400, client.put(tar + "?path=relative", CONTENT));
    }

    @Test
    void aFolderIsListedInPages() {
        String files = files("lists");
        expect(201, client.post(files + "/mkdir", Map.of("path", "/folder", "mode", "0700")));
        JsonNode first = expect(200, client.get(files + "/list?path=/&limit=1")).json();
        assertThat(first.get("entries").get(0).get("path").asString()).isEqualTo("/file");
        String cursor = first.get("cursor").asString();
        JsonNode second =
                expect(200, client.get(files + "/list?path=/&cursor=" + cursor)).json();
        assertThat(second.get("entries")
                        .valueStream()
                        .map(entry -> entry.get("path").asString()))
                .isEqualTo(List.of("/folder"));
        assertThat(expect(400, client.get(files + "/list?path=/&depth=0&limit=0"))
                        .message())
                .contains("depth", "limit");
        expect(404, client.get(files + "/list?path=/none"));
    }

    @Test
    void filesAreMovedCopiedAndChanged() {
        String files = files("moves");
        expect(201, client.post(files + "/mkdir", Map.of("path", "/a/b", "parents", true)));
        expect(409, client.post(files + "/mkdir", Map.of("path", "/a")));
        expect(200, client.post(files + "/copy", Map.of("from", "/file", "to", "/a/copy")));
        expect(409, client.post(files + "/copy", Map.of("from", "/file", "to", "/a/copy")));
        expect(200, client.post(files + "/move", Map.of("from", "/file", "to", "/a/copy", "replace", true)));
        expect(404, client.post(files + "/move", Map.of("from", "/file", "to", "/a/moved")));
        expect(404, client.get(files + "/stat?path=/file"));
        Response changed = expect(200, client.post(files + "/chmod", Map.of("path", "/a/copy", "mode", "0400")));
        assertThat(changed.field("mode")).isEqualTo("0400");
        assertThat(expect(200, client.get(files + "/stat?path=/a/copy")).json()).isEqualTo(changed.json());
    }

    @Test
    void aWrongBodyIsRefusedByTheNamesOfItsFields() {
        String files = files("wrong-bodies");
        assertThat(expect(400, client.post(files + "/mkdir", Map.of("path", "x")))
                        .message())
                .contains("path");
        assertThat(expect(400, client.post(files + "/move", Map.of("from", "/x")))
                        .message())
                .contains("to");
        assertThat(expect(400, client.post(files + "/copy", Map.of("to", "/x"))).message())
                .contains("from");
        assertThat(expect(400, client.post(files + "/chmod", Map.of("path", "/file", "mode", "x")))
                        .message())
                .contains("mode");
    }

    @Test
    void changesOfAFolderAreStreamed() throws IOException {
        String files = files("watched");
        try (BufferedReader events = client.stream(files + "/watch?path=/&recursive=true")) {
            expect(200, client.put(files + "?path=/new", CONTENT));
            assertThat(events.lines()
                            .filter(line -> line.startsWith("data:") && line.contains("/new"))
                            .findFirst())
                    .isPresent();
        }
        expect(404, client.get(files + "/watch?path=/none"));
    }
}
