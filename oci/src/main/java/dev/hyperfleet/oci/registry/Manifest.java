package dev.hyperfleet.oci.registry;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The parts of an image.
 *
 * @param digest of the manifest itself, which names the image
 * @param config its configuration
 * @param layers the lowest first
 */
public record Manifest(String digest, Descriptor config, List<Descriptor> layers) {
    /** What a registry may answer with. */
    static final List<String> ACCEPTED = List.of(
            "application/vnd.oci.image.index.v1+json",
            "application/vnd.oci.image.manifest.v1+json",
            "application/vnd.docker.distribution.manifest.list.v2+json",
            "application/vnd.docker.distribution.manifest.v2+json");

    private static final int MAX_LAYERS = 128;
    private static final int MAX_PLATFORMS = 200;

    /** The digest of the image for our platform, of a list of images; empty if the document is that of one image. */
    static Optional<String> ours(byte[] document) {
        JsonNode json = parse(document);
        JsonNode manifests = json.path("manifests");
        if (!manifests.isArray()) {
            return Optional.empty();
        }
        if (manifests.size() > MAX_PLATFORMS) {
            throw invalid("lists more than %d platforms".formatted(MAX_PLATFORMS));
        }
        List<String> others = new ArrayList<>();
        for (JsonNode each : manifests) {
            String os = each.at("/platform/os").asString("");
            String architecture = each.at("/platform/architecture").asString("");
            if (os.equals(Platform.OS) && architecture.equals(Platform.ARCHITECTURE)) {
                return Optional.of(descriptor(each).digest());
            }
            others.add(os + "/" + architecture);
        }
        throw Platform.unsupported(String.join(", ", others));
    }

    static Manifest of(String digest, byte[] document) {
        JsonNode json = parse(document);
        JsonNode layers = json.path("layers");
        if (!layers.isArray() || !json.path("config").isObject()) {
            throw invalid("is not that of an image");
        }
        if (layers.size() > MAX_LAYERS) {
            throw invalid("has more than %d layers".formatted(MAX_LAYERS));
        }
        List<Descriptor> descriptors = new ArrayList<>();
        layers.forEach(layer -> descriptors.add(descriptor(layer)));
        return new Manifest(digest, descriptor(json.path("config")), List.copyOf(descriptors));
    }

    private static Descriptor descriptor(JsonNode json) {
        String digest = json.path("digest").asString("");
        long size = json.path("size").asLong(-1);
        if (!ImageReference.isDigest(digest) || size < 0) {
            throw invalid("has a part without a digest (SHA-256) or a size");
        }
        return new Descriptor(json.path("mediaType").asString(""), digest, size);
    }

    private static JsonNode parse(byte[] document) {
        try {
            return JsonMapper.shared().readTree(document);
        } catch (JacksonException malformed) {
            throw new HyperfleetException(
                    ErrorCode.BAD_REQUEST, "The registry's answer is not JSON: it is no manifest", malformed);
        }
    }

    private static HyperfleetException invalid(String what) {
        return new HyperfleetException(ErrorCode.BAD_REQUEST, "The image's manifest " + what);
    }
}
