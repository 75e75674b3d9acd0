package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.Proxied.Way;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/** Access to a machine's port; the guest never sees the credentials. */
@ExtendWith(SharedServer.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PortAccessTest {
    private static final String NAME = "private-web";
    private static final List<String> BROWSERS = List.of("/usr/bin/chromium", "/usr/bin/chromium-browser");

    private final ServerProcess server;
    private final Api api;
    private final String key;
    private String id = "";

    @TempDir
    Path folder;

    PortAccessTest(Shared shared) {
        this.server = shared.server();
        this.api = shared.api();
        this.key = shared.key();
    }

    @BeforeAll
    void runTheApplication() throws IOException {
        id = WebApplication.run(api, NAME, Map.of("public_ports", List.of(9000)));
    }

    @AfterAll
    void removeIt() {
        assertThat(api.post("/machines/" + id + "/stop").status()).isEqualTo(200);
        assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
    }

    private Proxied by(Way way) {
        return Proxied.of(server, way, NAME, key);
    }

    @ParameterizedTest
    @EnumSource
    void aPortIsPrivateUnlessItIsPublic(Way way) {
        assertThat(by(way).withoutKey().get("/seen").statusCode()).isEqualTo(401);
        assertThat(by(way).withKey("hf_wrong").get("/seen").statusCode()).isEqualTo(401);
        assertThat(by(way).get("/seen").statusCode()).isEqualTo(200);
        assertThat(by(way).withoutKey().at(9000).get("/").statusCode())
                .as("public, but nothing listens there")
                .isEqualTo(502);
    }

    @Test
    void aKeyNeedsTheScope() {
        String reader = Cli.run(server.state, "keys", "create", "reader", "--scope", "machines:read")
                .output();
        String visitor = Cli.run(server.state, "keys", "create", "visitor", "--scope", "machines:proxy")
                .output();
        HttpResponse<String> refused = by(Way.PATH).withKey(reader).get("/seen");
        assertThat(refused.statusCode()).isEqualTo(403);
        assertThat(refused.body()).contains("machines:proxy");
        assertThat(by(Way.PATH).withKey(visitor).get("/seen").statusCode()).isEqualTo(200);
        assertThat(server.api(visitor).get("/machines").status()).isEqualTo(403);
        assertThat(server.api(reader)
                        .post("/machines/%s/ports/8080/link".formatted(id), Map.of())
                        .status())
                .isEqualTo(403);
        assertThat(server.api(reader)
                        .get("/machines/%s/ports/8080/connect".formatted(id))
                        .status())
                .isEqualTo(403);
    }

    @Test
    void theGuestSeesItsOwnCredentialsAndNotOurs() {
        Proxied web = by(Way.PATH).withoutKey();
        JsonNode ours = Proxied.seen(web.send(
                web.request("/seen?hyperfleet_link=1.x&a=1")
                        .header("Authorization", "Bearer " + key)
                        .header("Cookie", "mine=1; hyperfleet_link=17.abc; more=2"),
                BodyHandlers.ofString()));
        assertThat(ours.get("target").asString()).isEqualTo("/seen?a=1");
        assertThat(ours.get("headers").has("Authorization")).isFalse();
        assertThat(ours.get("headers").get("Cookie").get(0).asString()).isEqualTo("mine=1; more=2");
        Proxied withKey = by(Way.PATH);
        JsonNode theirs = Proxied.seen(withKey.send(
                withKey.request("/seen").header("Authorization", "Bearer its-own"), BodyHandlers.ofString()));
        assertThat(theirs.get("headers").get("Authorization").get(0).asString()).isEqualTo("Bearer its-own");
        assertThat(theirs.toString()).doesNotContain(key);
    }

    private String token(int seconds) {
        Response link = api.post("/machines/%s/ports/8080/link".formatted(id), Map.of("expires_in", seconds));
        assertThat(link.status()).isEqualTo(201);
        return link.field("token");
    }

    @ParameterizedTest
    @EnumSource
    void aLinkLetsABrowserInAndItsCookieWhatThePageAsksForThen(Way way) {
        Proxied visitor = by(way).withoutKey();
        HttpResponse<String> opened = visitor.get("/seen?hyperfleet_link=%s&b=2".formatted(token(60)));
        assertThat(opened.statusCode()).isEqualTo(307);
        assertThat(opened.headers().firstValue("Location")).contains(visitor.target("/seen?b=2"));
        String cookie = opened.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).contains("; HttpOnly; SameSite=Lax").contains("Path=" + visitor.target("/") + ";");
        String value = cookie.substring(0, cookie.indexOf(';'));
        HttpResponse<String> further =
                visitor.send(visitor.request("/seen").header("Cookie", value), BodyHandlers.ofString());
        assertThat(further.statusCode()).isEqualTo(200);
        assertThat(Proxied.seen(further).get("headers").has("Cookie")).isFalse();
        HttpResponse<String> elsewhere =
                visitor.at(8081).send(visitor.at(8081).request("/").header("Cookie", value), BodyHandlers.ofString());
        assertThat(elsewhere.statusCode()).as("it is for one port").isEqualTo(401);
    }

    @Test
    void aLinkEndsAndCannotBeChanged() throws Exception {
        Proxied visitor = by(Way.PATH).withoutKey();
        String good = token(600);
        String later = (Long.parseLong(good.substring(0, good.indexOf('.'))) + 1) + good.substring(good.indexOf('.'));
        assertThat(visitor.get("/seen?hyperfleet_link=" + later).statusCode()).isEqualTo(401);
        assertThat(visitor.get("/seen?hyperfleet_link=" + good + "x").statusCode())
                .isEqualTo(401);
        String brief = token(1);
        TimeUnit.SECONDS.sleep(2); // the passing of time is tested
        HttpResponse<String> late = visitor.get("/seen?hyperfleet_link=" + brief);
        assertThat(late.statusCode()).isEqualTo(401);
        assertThat(late.body()).contains("expired");
        String link = "/machines/%s/ports/%d/link";
        assertThat(api.post(link.formatted(id, 22), Map.of()).status()).isEqualTo(403);
        assertThat(api.post(link.formatted(id, 8080), Map.of("expires_in", 0)).status())
                .isEqualTo(400);
        assertThat(api.post(link.formatted("nobody234567", 8080), Map.of()).status())
                .isEqualTo(404);
        assertThat(api.post(link.formatted(id, 70000), Map.of()).status()).isEqualTo(404);
    }

    @Test
    void aLinkLeadsNoBrowserToAnotherHost() {
        Proxied visitor = by(Way.HOST).withoutKey();
        HttpResponse<String> opened = visitor.get("//evil.example/?hyperfleet_link=" + token(60));
        assertThat(opened.statusCode()).isEqualTo(307);
        assertThat(opened.headers().firstValue("Location")).contains("/.//evil.example/");
    }

    @Test
    void aBrowserOpensThePageAndItsWebSocketWorks() throws Exception {
        Path browser = BROWSERS.stream()
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(Path.of(""));
        Assumptions.assumeTrue(!browser.toString().isEmpty(), "there is no Chromium here");
        Response link = api.post("/machines/%s/ports/8080/link".formatted(id), Map.of());
        assertThat(URI.create(link.field("url")).getHost()).isEqualTo("8080-private-web.localhost");
        for (String url : List.of(link.field("url"), link.field("path_url"))) {
            Process process = new ProcessBuilder(
                            browser.toString(),
                            "--headless",
                            "--no-sandbox",
                            "--disable-gpu",
                            "--disable-dev-shm-usage",
                            "--no-first-run",
                            "--user-data-dir=" + folder.resolve("profile"),
                            "--dump-dom",
                            url)
                    .redirectError(folder.resolve("browser.log").toFile())
                    .start();
            String page = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertThat(process.waitFor(Duration.ofSeconds(60))).isTrue();
            assertThat(page)
                    .as(Files.readString(folder.resolve("browser.log")))
                    .contains("<title>echoed: through the proxy</title>");
        }
    }
}
