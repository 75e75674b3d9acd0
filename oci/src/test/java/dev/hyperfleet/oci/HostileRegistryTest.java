package dev.hyperfleet.oci;

import static dev.hyperfleet.oci.FakeRegistry.blobPath;
import static dev.hyperfleet.oci.FakeRegistry.config;
import static dev.hyperfleet.oci.FakeRegistry.content;
import static dev.hyperfleet.oci.FakeRegistry.digest;
import static dev.hyperfleet.oci.FakeRegistry.manifest;
import static dev.hyperfleet.oci.FakeRegistry.redirect;
import static dev.hyperfleet.oci.FakeRegistry.status;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageLibrary;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.oci.ImageMaker.LayerMaker;
import dev.hyperfleet.oci.registry.Registry;
import dev.hyperfleet.oci.registry.RegistryHttp;
import dev.hyperfleet.oci.root.RootFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/** Registries that lie, fail, and mean harm: a clear reason, and no image. */
@Timeout(60)
class HostileRegistryTest {
    private static final RootFile.Limits LIMITS = new RootFile.Limits(1 << 20, 1000);

    @TempDir
    private Path folder;

    private FakeRegistry registry;
    private RegistryHttp http;
    private byte[] archive;
    private byte[] config;
    private byte[] manifest;

    @BeforeEach
    void serveAnImage() throws IOException {
        registry = new FakeRegistry();
        http = new RegistryHttp(new RegistryHttp.Access(Set.of(), Set.of(registry.address())));
        archive = new LayerMaker().file("hello", "world".repeat(10_000)).archive();
        config = config(archive);
        manifest = manifest(config, archive);
        registry.manifest("latest", manifest).blob(config).blob(archive);
    }

    @AfterEach
    void close() {
        http.close();
        registry.close();
    }

    private ImageLibrary.Pulled pull(String suffix) {
        return ImageFolder.open(folder, new Registry(http), LIMITS)
                .pull(ImageReference.parse(registry.address() + "/image" + suffix));
    }

    private void assertRefused(ErrorCode code, String reason) throws IOException {
        assertThatExceptionOfType(HyperfleetException.class)
                .as(reason)
                .isThrownBy(() -> pull(""))
                .withMessageContaining(reason)
                .matches(refused -> refused.code() == code);
        try (var files = Files.list(folder)) {
            assertThat(files.filter(Files::isRegularFile)).as("images").isEmpty();
        }
    }

    @Test
    void anImageIsWhatItsDigestSays() throws IOException {
        String digest = digest(manifest);
        registry.manifest(digest, manifest);
        assertThat(pull("@" + digest).digest()).isEqualTo(digest);
        Files.delete(folder.resolve(digest.substring(7) + ".sqfs"));
        registry.manifest(digest, manifest(config));
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> pull("@" + digest))
                .withMessageContaining("something else than asked for");
    }

    @Test
    void partsThatAreNotWhatTheirDigestSaysAreRefused() throws IOException {
        byte[] other = archive.clone();
        other[600] ^= 1;
        registry.answer(blobPath(archive), content(other));
        assertRefused(ErrorCode.BAD_REQUEST, "something else than asked for");
        registry.blob(archive).answer(blobPath(config), content(config(other)));
        assertRefused(ErrorCode.BAD_REQUEST, "something else than asked for");
    }

    @Test
    void anInterruptedPullContinues() throws IOException {
        int half = archive.length / 2;
        registry.answer(blobPath(archive), exchange -> {
            exchange.sendResponseHeaders(200, archive.length);
            exchange.getResponseBody().write(archive, 0, half);
        });
        assertRefused(ErrorCode.UNAVAILABLE, "does not answer as it should");
        registry.answer(blobPath(archive), exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            int begin = Integer.parseInt(range.replaceAll("[^0-9]", ""));
            exchange.sendResponseHeaders(206, archive.length - begin);
            exchange.getResponseBody().write(archive, begin, archive.length - begin);
        });
        assertThat(pull("").root()).isNotEmptyFile();
        assertThat(registry.requests.getLast()).matches(".* bytes=[1-9][0-9]*-");
        assertThat(folder).isDirectoryContaining(path -> path.toString().endsWith(".sqfs"));
        try (var files = Files.list(folder)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void redirectsIntoTheHostsNetworkAreRefused() throws IOException {
        for (String location : List.of(
                "https://127.0.0.1:1/x", "https://10.0.0.1/x", "https://[::1]/x", "https://169.254.169.254/x")) {
            registry.answer(blobPath(archive), redirect(location));
            assertRefused(ErrorCode.BAD_REQUEST, "private network");
        }
        registry.answer(blobPath(archive), redirect("http://example.com/x"));
        assertRefused(ErrorCode.BAD_REQUEST, "without TLS");
        registry.answer(blobPath(archive), redirect(blobPath(archive)));
        assertRefused(ErrorCode.UNAVAILABLE, "redirects more than");
    }

    @Test
    void registriesInTheHostsNetworkAreUsedOnlyIfTheyAreNamed() throws IOException {
        http.close();
        http = new RegistryHttp(new RegistryHttp.Access(Set.of(), Set.of()));
        assertRefused(ErrorCode.BAD_REQUEST, "private network. Name it in HYPERFLEET_REGISTRIES");
        http.close();
        http = new RegistryHttp(new RegistryHttp.Access(Set.of("docker.io"), Set.of()));
        assertRefused(ErrorCode.BAD_REQUEST, "not one of HYPERFLEET_REGISTRIES");
        assertThat(registry.requests).isEmpty();
    }

    @Test
    void anImageForAnotherPlatformIsNotPulled() throws IOException {
        byte[] other = "{\"architecture\":\"arm64\",\"os\":\"linux\",\"rootfs\":{\"diff_ids\":[\"%s\"]}}"
                .formatted(digest(archive))
                .getBytes(StandardCharsets.US_ASCII);
        registry.blob(other).manifest("latest", manifest(other, archive));
        assertRefused(ErrorCode.UNSUPPORTED, "only for linux/arm64");
    }

    @Test
    void thoseWhoWantTheSameShareOnePull() throws Exception {
        CountDownLatch all = new CountDownLatch(20);
        registry.answer("/v2/image/manifests/latest", exchange -> {
            all.countDown();
            content(manifest).to(exchange);
        });
        registry.answer(blobPath(archive), exchange -> {
            try {
                assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException interrupted) {
                throw new IOException(interrupted);
            }
            content(archive).to(exchange);
        });
        ImageFolder images = ImageFolder.open(folder, new Registry(http), LIMITS);
        ImageReference reference = ImageReference.parse(registry.address() + "/image");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ImageLibrary.Pulled>> pulls = Stream.generate(
                            () -> threads.submit(() -> images.pull(reference)))
                    .limit(20)
                    .toList();
            for (Future<ImageLibrary.Pulled> pull : pulls) {
                assertThat(pull.get().root()).isNotEmptyFile();
            }
        }
        assertThat(registry.requests).filteredOn(blobPath(archive)::equals).hasSize(1);
    }

    @Test
    void aTokenIsFetchedWhereTheRegistrySaysAndSentToItAlone() throws IOException {
        AtomicInteger tokens = new AtomicInteger();
        registry.answer("/token", exchange -> {
            assertThat(exchange.getRequestURI().getQuery()).contains("scope=repository:image:pull");
            tokens.incrementAndGet();
            content("{\"token\":\"secret\"}".getBytes(StandardCharsets.US_ASCII))
                    .to(exchange);
        });
        registry.answer("/v2/image/manifests/latest", exchange -> {
            if ("Bearer secret".equals(exchange.getRequestHeaders().getFirst("Authorization"))) {
                content(manifest).to(exchange);
            } else {
                exchange.getResponseHeaders()
                        .set(
                                "WWW-Authenticate",
                                "Bearer realm=\"http://%s/token\",service=\"test\"".formatted(registry.address()));
                exchange.sendResponseHeaders(401, -1);
            }
        });
        assertThat(pull("").root()).isNotEmptyFile();
        assertThat(tokens).hasValue(1);
    }

    @Test
    void whatIsNotThereOrNotForUsSaysSo() throws IOException {
        registry.answer("/v2/image/manifests/latest", status(404));
        assertRefused(ErrorCode.NOT_FOUND, "There is no image");
        registry.answer("/v2/image/manifests/latest", status(403));
        assertRefused(ErrorCode.BAD_REQUEST, "needs a login");
        registry.answer("/v2/image/manifests/latest", status(429));
        assertRefused(ErrorCode.TOO_MANY_REQUESTS, "limits how often");
        registry.answer("/v2/image/manifests/latest", status(500));
        assertRefused(ErrorCode.UNAVAILABLE, "answers 500");
        registry.manifest(
                "latest",
                JsonMapper.shared()
                        .writeValueAsBytes(Map.of(
                                "manifests",
                                List.of(Map.of("platform", Map.of("os", "linux", "architecture", "arm64"))))));
        assertRefused(ErrorCode.UNSUPPORTED, "only for linux/arm64");
    }

    @Test
    void manifestsThatMakeNoSenseAreRefused() throws IOException {
        for (String document : List.of("", "{", "[]", "{\"layers\":[]}", "{\"config\":{},\"layers\":[]}")) {
            registry.manifest("latest", document.getBytes(StandardCharsets.US_ASCII));
            assertThatExceptionOfType(HyperfleetException.class)
                    .as(document)
                    .isThrownBy(() -> pull(""))
                    .matches(refused -> refused.code() == ErrorCode.BAD_REQUEST);
        }
        registry.manifest("latest", new byte[5 << 20]);
        assertRefused(ErrorCode.BAD_REQUEST, "more than 1 MiB");
        byte[] two = manifest(config, archive, archive);
        registry.manifest("latest", two);
        assertRefused(ErrorCode.BAD_REQUEST, "has 2 layers, and its configuration 1");
        byte[] four = config(archive, archive, archive, archive);
        String layer = "{\"digest\":\"%s\",\"size\":4611686018427387904}".formatted(digest(archive));
        byte[] overflowing = "{\"config\":%s,\"layers\":[%s]}"
                .formatted(
                        JsonMapper.shared().writeValueAsString(FakeRegistry.descriptor(four)),
                        String.join(",", layer, layer, layer, layer))
                .getBytes(StandardCharsets.UTF_8);
        registry.blob(four).manifest("latest", overflowing);
        assertRefused(ErrorCode.BAD_REQUEST, "more than the 1 MiB");
        byte[] huge = new String(manifest, StandardCharsets.UTF_8)
                .replace("\"size\":" + archive.length, "\"size\":99999999999")
                .getBytes(StandardCharsets.UTF_8);
        registry.manifest("latest", huge);
        assertRefused(ErrorCode.BAD_REQUEST, "more than the 1 MiB");
    }

    @Test
    void aLayerThatIsLongerThanItSaysIsNotReadOn() throws IOException {
        byte[] longer = Arrays.copyOf(archive, archive.length + 1000);
        registry.answer(blobPath(archive), content(longer));
        assertThat(pull("").root()).isNotEmptyFile();
    }
}
