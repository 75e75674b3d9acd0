package dev.hyperfleet.oci;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.image.ImageConfig;
import dev.hyperfleet.core.image.ImageReference;
import dev.hyperfleet.oci.registry.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An image's configuration, as the OCI's image specification describes it.
 *
 * @param run how its program runs
 * @param layers digests of the layers' archives, the lowest first
 */
record Configuration(ImageConfig run, List<String> layers) {
    private static final int MAX_TEXTS = 1000;

    static Configuration parse(byte[] document) {
        try {
            JsonNode json = JsonMapper.shared().readTree(document);
            String platform = "%s/%s"
                    .formatted(
                            json.path("os").asString(Platform.OS),
                            json.path("architecture").asString(Platform.ARCHITECTURE));
            if (!platform.equals(Platform.NAME)) {
                throw Platform.unsupported(platform);
            }
            JsonNode run = json.path("config");
            List<String> layers = texts(json.at("/rootfs/diff_ids"));
            if (!layers.stream().allMatch(ImageReference::isDigest)) {
                throw invalid("has a layer without a digest (SHA-256)");
            }
            return new Configuration(
                    new ImageConfig(
                            texts(run.path("Entrypoint")),
                            texts(run.path("Cmd")),
                            variables(texts(run.path("Env"))),
                            run.path("User").asString(""),
                            run.path("WorkingDir").asString(""),
                            labels(run.path("Labels"))),
                    layers);
        } catch (JacksonException malformed) {
            throw new HyperfleetException(ErrorCode.BAD_REQUEST, "The image's configuration is not JSON", malformed);
        }
    }

    private static List<String> texts(JsonNode list) {
        if (list.size() > MAX_TEXTS) {
            throw invalid("has a list of more than %d texts".formatted(MAX_TEXTS));
        }
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asString("")));
        return texts;
    }

    private static Map<String, String> variables(List<String> assignments) {
        Map<String, String> variables = new TreeMap<>();
        for (String each : assignments) {
            int equals = each.indexOf('=');
            if (equals > 0) {
                variables.put(each.substring(0, equals), each.substring(equals + 1));
            }
        }
        return variables;
    }

    private static Map<String, String> labels(JsonNode json) {
        Map<String, String> labels = new TreeMap<>();
        json.properties().stream()
                .limit(MAX_TEXTS)
                .forEach(label -> labels.put(label.getKey(), label.getValue().asString("")));
        return labels;
    }

    private static HyperfleetException invalid(String what) {
        return new HyperfleetException(ErrorCode.BAD_REQUEST, "The image's configuration " + what);
    }
}
