package dev.hyperfleet.core.image;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where an image is: {@code python:3.13}, {@code ghcr.io/owner/name@sha256:…}. Read as Docker reads it: the first part
 * is a registry if it has a dot or a port, or is {@code localhost}; otherwise the image is Docker Hub's, and in its
 * {@code library/} if the repository has one part.
 *
 * @param registry a host, perhaps with a port
 * @param repository in lower case, at most 255 characters
 * @param tag at most 128 characters; ignored if there is a digest
 * @param digest as {@code sha256:} and 64 hexadecimal digits
 */
public record ImageReference(String registry, String repository, String tag, Optional<String> digest) {
    public static final String DOCKER_HUB = "docker.io";
    public static final int MAX_LENGTH = 512;
    private static final String LATEST = "latest";
    private static final int MAX_REPOSITORY = 255;
    private static final int MAX_SHOWN = 100;

    private static final Pattern DIGEST = Pattern.compile("sha256:[0-9a-f]{64}");
    private static final Pattern REGISTRY = Pattern.compile(
            "(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?|\\[[0-9A-Fa-f:]{2,39}])(?::[0-9]{1,4}|:[1-5][0-9]{4}|:6[0-4][0-9]{3})?");
    private static final Pattern REPOSITORY =
            Pattern.compile("[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

    /** {@code REGISTRY/REPOSITORY:TAG@DIGEST}, of which only the repository is needed. */
    private static final Pattern FORM = Pattern.compile("(?<name>[^@]*?)(?::(?<tag>[^:/@]*))?(?:@(?<digest>[^@]*))?");

    /**
     * Reads one.
     *
     * @throws HyperfleetException {@link ErrorCode#VALIDATION_ERROR} if it is none
     */
    public static ImageReference parse(String text) {
        return read(text)
                .orElseThrow(() -> new HyperfleetException(
                        ErrorCode.VALIDATION_ERROR,
                        "'%s' is no image: write it like python:3.13, or registry.example.com/team/name:tag"
                                .formatted(Excerpt.of(SafeText.line(text), MAX_SHOWN))));
    }

    /** Empty if the text is none. */
    public static Optional<ImageReference> read(String text) {
        Matcher form = FORM.matcher(text);
        if (text.length() > MAX_LENGTH || !form.matches()) {
            return Optional.empty();
        }
        String name = form.group("name");
        int slash = name.indexOf('/');
        String first = slash < 0 ? "" : name.substring(0, slash);
        boolean hasRegistry = first.contains(".") || first.contains(":") || first.equals("localhost");
        String registry = hasRegistry ? first : DOCKER_HUB;
        String path = hasRegistry ? name.substring(slash + 1) : name;
        boolean official = registry.equals(DOCKER_HUB) && !path.contains("/");
        String repository = official ? "library/" + path : path;
        String tag = Optional.ofNullable(form.group("tag")).orElse(LATEST);
        Optional<String> digest = Optional.ofNullable(form.group("digest"));
        boolean valid = REGISTRY.matcher(registry).matches()
                && repository.length() <= MAX_REPOSITORY
                && REPOSITORY.matcher(repository).matches()
                && TAG.matcher(tag).matches()
                && digest.stream().allMatch(ImageReference::isDigest);
        return valid ? Optional.of(new ImageReference(registry, repository, tag, digest)) : Optional.empty();
    }

    /** Whether a text is a digest as images have it. */
    public static boolean isDigest(String text) {
        return DIGEST.matcher(text).matches();
    }

    /** What a registry is asked for. */
    public String selector() {
        return digest.orElse(tag);
    }

    /** In full; parsed, it gives the same reference. */
    @Override
    public String toString() {
        return "%s/%s:%s%s"
                .formatted(registry, repository, tag, digest.map(it -> "@" + it).orElse(""));
    }
}
