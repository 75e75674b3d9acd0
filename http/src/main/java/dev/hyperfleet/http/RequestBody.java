package dev.hyperfleet.http;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.Excerpt;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.SafeText;
import dev.hyperfleet.core.machine.MachineSpec;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.databind.JsonNode;

/**
 * A JSON object from a client. Every method that reads a field adds its errors to the problems, and then returns a
 * placeholder; call {@link #throwIfInvalid} before any use of the values.
 */
public final class RequestBody {
    public static final int MAX_BYTES = 1 << 20;

    /** Maximum characters of a keyword or a name. */
    public static final int MAX_WORD = 256;

    /** What {@link MachineSpec#NAME} requires, for messages. */
    public static final String NAME_RULE = "1 to 63 letters, digits, '.', '_' or '-'";

    private static final byte[] EMPTY = {'{', '}'};

    private static final String BYTES = "hyperfleet.body";

    /** The parser's remarks on its own classes and options are useless to clients. */
    private static final Pattern JACKSONS_OWN =
            Pattern.compile("(\\s*\\((start marker|not recognized|for )|, from `|: enable `| at \\[Source).*");

    /** It repeats an unquoted word, which may be a password whose quotes were forgotten. */
    private static final Pattern UNQUOTED_WORD = Pattern.compile("(?<=Unrecognized token) '.*'");

    private final JsonNode object;
    private final ValidationErrors problems;

    private RequestBody(JsonNode object, ValidationErrors problems, List<String> fields) {
        this.object = object;
        this.problems = problems;
        for (String name : object.propertyNames()) {
            if (!fields.contains(name)) {
                problems.add("unknown field '%s': the known ones are %s".formatted(name, String.join(", ", fields)));
            }
        }
    }

    /**
     * Reads the body.
     *
     * @param fields the names of all known fields
     */
    public static RequestBody read(Context context, List<String> fields) {
        requireJson(context);
        return parse(readBytes(context), fields);
    }

    /** Reads the body of an operation whose fields are all optional: no body is as good as {@code {}}. */
    public static RequestBody readOptional(Context context, List<String> fields) {
        boolean absent = context.contentType() == null && readBytes(context).length == 0;
        return absent ? parse(EMPTY, fields) : read(context, fields);
    }

    /** Reads a JSON object. */
    public static RequestBody parse(byte[] json, List<String> fields) {
        JsonNode tree;
        try {
            tree = Json.MAPPER.readTree(json);
        } catch (JacksonException invalid) {
            throw new HyperfleetException(
                    ErrorCode.VALIDATION_ERROR, "body is not valid JSON: " + describe(invalid), invalid);
        }
        if (tree == null || !tree.isObject()) {
            throw new HyperfleetException(ErrorCode.VALIDATION_ERROR, "body must be a JSON object");
        }
        return new RequestBody(tree, new ValidationErrors(), fields);
    }

    private static void requireJson(Context context) {
        String type = Optional.ofNullable(context.contentType()).orElse("");
        String[] parts = type.toLowerCase(Locale.ROOT).replace(" ", "").split(";", -1);
        boolean json = parts[0].equals("application/json");
        boolean utf8 = parts.length == 1
                || Set.of("charset=utf-8", "charset=\"utf-8\"", "").contains(parts[1]);
        if (!json || !utf8 || parts.length > 2) {
            throw new HyperfleetException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "Content-Type must be application/json, in UTF-8; it is '%s'".formatted(type));
        }
    }

    /** The whole body. It is stored, so that it can be read again. */
    public static byte[] readBytes(Context context) {
        Optional<byte[]> kept = Optional.ofNullable(context.attribute(BYTES));
        return kept.orElseGet(() -> {
            byte[] bytes = readFromClient(context);
            context.attribute(BYTES, bytes);
            return bytes;
        });
    }

    private static byte[] readFromClient(Context context) {
        if (context.req().getContentLengthLong() > MAX_BYTES) {
            throw tooLarge();
        }
        try (InputStream stream = context.req().getInputStream()) {
            byte[] bytes = stream.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw tooLarge();
            }
            return bytes;
        } catch (IOException broken) {
            throw new HyperfleetException(ErrorCode.BAD_REQUEST, "The body was incomplete or late", broken);
        }
    }

    private static HyperfleetException tooLarge() {
        return new HyperfleetException(
                ErrorCode.PAYLOAD_TOO_LARGE, "body must be at most %d bytes".formatted(MAX_BYTES));
    }

    private static String describe(JacksonException invalid) {
        TokenStreamLocation location = invalid.getLocation();
        String where = location == null || location.getLineNr() < 1
                ? ""
                : " (line %d, column %d)".formatted(location.getLineNr(), location.getColumnNr());
        String message =
                String.valueOf(invalid.getOriginalMessage()).lines().findFirst().orElse("it is empty");
        String without = UNQUOTED_WORD.matcher(message).replaceFirst("");
        return Excerpt.of(JACKSONS_OWN.matcher(without).replaceFirst(""), ValidationErrors.MAX_LENGTH) + where;
    }

    public ValidationErrors problems() {
        return problems;
    }

    public void throwIfInvalid() {
        problems.throwIfAny();
    }

    /** A string of this form. */
    public String requiredText(String name, Pattern form, String rule) {
        if (!object.has(name)) {
            problems.add(name + " is required");
            return "";
        }
        Optional<String> text = text(name, object.get(name), MAX_WORD);
        if (text.isPresent() && !form.matcher(text.get()).matches()) {
            problems.add("%s must be %s".formatted(name, rule));
        }
        return text.orElse("");
    }

    /** A name of the form that machines, snapshots and checks have. */
    public String requiredName() {
        return requiredText("name", MachineSpec.NAME, NAME_RULE);
    }

    /** Adds a problem that the body has. */
    public void refuse(String problem) {
        problems.add(problem);
    }

    public boolean has(String name) {
        return object.has(name);
    }

    /** An object in this one. Its problems are added to this one's. */
    public Optional<RequestBody> optionalObject(String name, List<String> fields) {
        @Nullable JsonNode value = object.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (!value.isObject()) {
            problems.add(name + " must be an object");
            return Optional.empty();
        }
        return Optional.of(new RequestBody(value, problems.of(name), fields));
    }

    /** Objects in an array of this one; empty if the field is absent. */
    public List<RequestBody> optionalObjects(String name, List<String> fields, int maximumCount) {
        List<RequestBody> objects = new ArrayList<>();
        int index = 0;
        for (JsonNode element : array(name, "objects", maximumCount)) {
            String place = "%s[%d]".formatted(name, index++);
            if (element.isObject()) {
                objects.add(new RequestBody(element, problems.of(place), fields));
            } else {
                problems.add(place + " must be an object");
            }
        }
        return objects;
    }

    public boolean optionalBoolean(String name, boolean otherwise) {
        @Nullable JsonNode value = object.get(name);
        if (value == null || value.isBoolean()) {
            return value == null ? otherwise : value.booleanValue();
        }
        problems.add(name + " must be true or false");
        return otherwise;
    }

    public boolean isText(String name) {
        return object.path(name).isString();
    }

    public String requiredText(String name, int maximumLength) {
        if (!object.has(name)) {
            problems.add(name + " is required");
        }
        return optionalText(name, maximumLength).orElse("");
    }

    /** A string with a maximum length in characters (Unicode code points, as in JSON Schema). */
    public Optional<String> optionalText(String name, int maximumLength) {
        return object.has(name) ? text(name, object.get(name), maximumLength) : Optional.empty();
    }

    /** A short text for people, in lists and on terminals: one line, without control characters. */
    public Optional<String> optionalLine(String name, int maximumLength) {
        Optional<String> text = optionalText(name, maximumLength);
        if (text.isPresent() && !SafeText.isLine(text.get())) {
            problems.add(name + " must be one line, without control and format characters");
        }
        return text;
    }

    private Optional<String> text(String name, JsonNode value, int maximumLength) {
        if (!value.isString()) {
            problems.add(name + " must be a string");
            return Optional.empty();
        }
        String text = value.stringValue();
        if (text.codePointCount(0, text.length()) > maximumLength) {
            problems.add("%s must have at most %d characters".formatted(name, maximumLength));
        }
        if (text.indexOf('\0') >= 0) {
            problems.add(name + " must not contain NUL");
        } else if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            problems.add(name + " must be valid Unicode: it has an unpaired surrogate");
        }
        return Optional.of(text);
    }

    /** A whole number. */
    public long requiredInteger(String name, long minimum, long maximum, String maximumIs) {
        if (!object.has(name)) {
            problems.add(name + " is required");
            return minimum;
        }
        return integer(name, object.get(name), minimum, maximum, maximumIs);
    }

    /**
     * Adds a problem if the field is present and has another value.
     *
     * @param whose what the value is
     */
    public void requireIfPresent(String name, long value, String whose) {
        @Nullable JsonNode present = object.get(name);
        if (present != null && !(present.canConvertToLong() && present.longValue() == value)) {
            problems.add("%s must be %s, %d, or be omitted".formatted(name, whose, value));
        }
    }

    public long optionalInteger(String name, long minimum, long maximum, long otherwise) {
        return object.has(name) ? integer(name, object.get(name), minimum, maximum, "") : otherwise;
    }

    private long integer(String name, JsonNode value, long minimum, long maximum, String maximumIs) {
        return isInteger(name, value, minimum, maximum, maximumIs) ? value.longValue() : minimum;
    }

    private boolean isInteger(String name, JsonNode value, long minimum, long maximum, String maximumIs) {
        if (!value.isIntegralNumber()) {
            problems.add(name + " must be an integer");
        } else if (value.bigIntegerValue().signum() < 0 || (value.canConvertToLong() && value.longValue() < minimum)) {
            problems.add("%s must be at least %d".formatted(name, minimum));
        } else if (!value.canConvertToLong() || value.longValue() > maximum) {
            problems.add("%s must be at most %d%s".formatted(name, maximum, maximumIs));
        } else {
            return true;
        }
        return false;
    }

    /** Distinct whole numbers; empty if the field is absent. */
    public List<Integer> optionalDistinctIntegers(String name, int minimum, int maximum, int maximumCount) {
        Set<Integer> values = new LinkedHashSet<>();
        int index = 0;
        for (JsonNode element : array(name, "integers", maximumCount)) {
            String place = "%s[%d]".formatted(name, index++);
            if (isInteger(place, element, minimum, maximum, "") && !values.add(element.intValue())) {
                problems.add("%s repeats %d: each may be given only once".formatted(place, element.intValue()));
            }
        }
        return List.copyOf(values);
    }

    /** At least one string, with a maximum number and a maximum length of each. */
    public List<String> requiredTexts(String name, int maximumCount, int maximumLength) {
        if (!object.has(name)) {
            problems.add(name + " is required");
            return List.of();
        }
        List<String> values = new ArrayList<>();
        for (JsonNode element : array(name, "strings", maximumCount)) {
            values.add(text("%s[%d]".formatted(name, values.size()), element, maximumLength)
                    .orElse(""));
        }
        if (object.get(name).isArray() && values.isEmpty()) {
            problems.add(name + " must have at least one element");
        }
        return values;
    }

    private Iterable<JsonNode> array(String name, String elements, int maximumCount) {
        @Nullable JsonNode value = object.get(name);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            problems.add("%s must be an array of %s".formatted(name, elements));
            return List.of();
        }
        if (value.size() > maximumCount) {
            problems.add("%s must have at most %d elements".formatted(name, maximumCount));
        }
        return value;
    }

    /**
     * An object of strings, with a maximum number; empty if the field is absent. Names have at most {@link #MAX_WORD}
     * characters.
     */
    public Map<String, String> optionalTextMap(String name, int maximumCount, int maximumLength) {
        Map<String, String> values = new LinkedHashMap<>();
        @Nullable JsonNode map = object.get(name);
        if (map == null) {
            return values;
        }
        if (!map.isObject()) {
            problems.add(name + " must be an object of strings");
            return values;
        }
        if (map.size() > maximumCount) {
            problems.add("%s must have at most %d entries".formatted(name, maximumCount));
        }
        for (Map.Entry<String, JsonNode> entry : map.properties()) {
            if (entry.getKey().codePointCount(0, entry.getKey().length()) > MAX_WORD) {
                problems.add("%s has a name of more than %d characters".formatted(name, MAX_WORD));
            }
            values.put(
                    entry.getKey(),
                    text(name + "." + entry.getKey(), entry.getValue(), maximumLength)
                            .orElse(""));
        }
        return values;
    }
}
