package dev.hyperfleet.oci.registry;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.Sha256;
import dev.hyperfleet.core.image.ImageReference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads images from registries. All is verified by digest, so a registry can refuse an image, and not change it. Safe
 * for concurrent use; calls block.
 */
public final class Registry {
    private static final int MAX_MANIFEST = 1 << 20;
    private static final int BUFFER = 1 << 16;
    private static final int OK = 200;
    private static final int PARTIAL = 206;

    private final RegistryHttp http;

    public Registry(RegistryHttp http) {
        this.http = http;
    }

    /**
     * The image for this host's platform.
     *
     * @throws HyperfleetException {@link ErrorCode#NOT_FOUND}; {@link ErrorCode#UNSUPPORTED} if it is for other
     *     platforms only; {@link ErrorCode#BAD_REQUEST} for an invalid answer
     */
    public Manifest manifest(ImageReference reference) {
        Document found = document(reference, reference.selector());
        Optional<String> ours = Manifest.ours(found.content());
        Document own = ours.isPresent() ? document(reference, ours.get()) : found;
        return Manifest.of(own.digest(), own.content());
    }

    private record Document(String digest, byte[] content) {}

    private Document document(ImageReference reference, String selector) {
        URI address = address(reference, "manifests/" + selector);
        HttpResponse<InputStream> response =
                http.get(address, reference, Map.of("Accept", String.join(", ", Manifest.ACCEPTED)));
        try (InputStream body = response.body()) {
            require(response, reference, List.of(OK));
            byte[] content = body.readNBytes(MAX_MANIFEST + 1);
            if (content.length > MAX_MANIFEST) {
                throw new HyperfleetException(
                        ErrorCode.BAD_REQUEST, "The manifest of %s has more than 1 MiB".formatted(reference));
            }
            String digest = digest(Sha256.digest(), content);
            if (ImageReference.isDigest(selector) && !selector.equals(digest)) {
                throw wrongDigest(reference, selector, digest);
            }
            return new Document(digest, content);
        } catch (IOException failure) {
            throw RegistryHttp.unreachable(address, failure);
        }
    }

    /** A small part, such as a configuration. */
    public byte[] read(ImageReference reference, Descriptor part) {
        if (part.size() > MAX_MANIFEST) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "The configuration of %s has more than 1 MiB".formatted(reference));
        }
        URI address = address(reference, "blobs/" + part.digest());
        HttpResponse<InputStream> response = http.get(address, reference, Map.of());
        try (InputStream body = response.body()) {
            require(response, reference, List.of(OK));
            byte[] content = body.readNBytes((int) part.size() + 1);
            String digest = digest(Sha256.digest(), content);
            if (!digest.equals(part.digest())) {
                throw wrongDigest(reference, part.digest(), digest);
            }
            return content;
        } catch (IOException failure) {
            throw RegistryHttp.unreachable(address, failure);
        }
    }

    /**
     * Downloads a part. If the file exists, it is the beginning of an earlier attempt, and is continued.
     *
     * @throws HyperfleetException {@link ErrorCode#UNAVAILABLE} if the connection breaks, and what has come is kept;
     *     {@link ErrorCode#BAD_REQUEST} for other bytes than the digest's, and the file is removed
     */
    public void download(ImageReference reference, Descriptor part, Path to) throws IOException {
        if (!Files.exists(to)) {
            Files.createFile(to);
        }
        long begin = Files.size(to);
        if (begin < part.size()) {
            download(reference, part, to, begin);
        }
        String digest = "sha256:" + Sha256.of(to);
        if (!digest.equals(part.digest())) {
            Files.deleteIfExists(to);
            throw wrongDigest(reference, part.digest(), digest);
        }
    }

    private void download(ImageReference reference, Descriptor part, Path to, long begin) throws IOException {
        URI address = address(reference, "blobs/" + part.digest());
        Map<String, String> headers = begin > 0 ? Map.of("Range", "bytes=%d-".formatted(begin)) : Map.of();
        HttpResponse<InputStream> response = http.get(address, reference, headers);
        try (InputStream body = response.body()) {
            require(response, reference, List.of(OK, PARTIAL));
            boolean continues = response.statusCode() == PARTIAL;
            try (OutputStream file = Files.newOutputStream(
                    to,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    continues ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING)) {
                copy(address, body, file, part.size() - (continues ? begin : 0));
            }
        }
    }

    private static void copy(URI address, InputStream from, OutputStream to, long most) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long left = most;
        int read;
        while (left > 0 && (read = read(address, from, buffer, left)) >= 0) {
            to.write(buffer, 0, read);
            left -= read;
        }
        if (left > 0) {
            throw RegistryHttp.unreachable(address, new IOException("the answer ends too early"));
        }
    }

    private static int read(URI address, InputStream from, byte[] buffer, long most) {
        try {
            return from.read(buffer, 0, (int) Math.min(buffer.length, most));
        } catch (IOException broken) {
            throw RegistryHttp.unreachable(address, broken);
        }
    }

    private static void require(HttpResponse<?> response, ImageReference reference, List<Integer> expected) {
        int status = response.statusCode();
        if (expected.contains(status)) {
            return;
        }
        throw switch (status) {
            case 401, 403 ->
                new HyperfleetException(
                        ErrorCode.BAD_REQUEST,
                        "The registry %s does not show the image %s: it does not exist, or needs a login"
                                .formatted(reference.registry(), reference));
            case 404 -> new HyperfleetException(ErrorCode.NOT_FOUND, "There is no image %s".formatted(reference));
            case 429 ->
                new HyperfleetException(
                        ErrorCode.TOO_MANY_REQUESTS,
                        "The registry %s limits how often images are pulled. Try again later, or log in to it"
                                .formatted(reference.registry()));
            default ->
                new HyperfleetException(
                        ErrorCode.UNAVAILABLE,
                        "The registry %s answers %d for the image %s. Try again later"
                                .formatted(reference.registry(), status, reference));
        };
    }

    private URI address(ImageReference reference, String path) {
        return URI.create("%s/v2/%s/%s".formatted(http.base(reference.registry()), reference.repository(), path));
    }

    private static String digest(MessageDigest digest, byte[] content) {
        return "sha256:" + HexFormat.of().formatHex(digest.digest(content));
    }

    private static HyperfleetException wrongDigest(ImageReference reference, String expected, String found) {
        return new HyperfleetException(
                ErrorCode.BAD_REQUEST,
                "The registry %s has sent something else than asked for: its digest is %s, and should be %s"
                        .formatted(reference.registry(), found, expected));
    }
}
