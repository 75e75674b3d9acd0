package dev.hyperfleet.tests;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Mutates a valid document or value into an invalid, or at least unusual, one. */
final class Mutations {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** Valid and invalid JSON values. */
    private static final List<String> VALUES = List.of(
            "null",
            "true",
            "0",
            "-1",
            "1.5",
            "1e2",
            "1e999999",
            "-0",
            "01",
            "0x1F",
            "NaN",
            "2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "9".repeat(2000),
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "\"\ud83d\ude00\"",
            "\"" + "\ud83d\ude00".repeat(500) + "\"",
            "\"a" + "\ud83d\ude00".repeat(500) + "\"",
            "\"" + "x".repeat(70_000) + "\"",
            "\"..\\/..\\/etc\\/passwd\"",
            "\"\\r\\nX: y\"",
            "\"\u202e\"",
            "\"\t\"",
            "'single'",
            "[]",
            "{}",
            "[[[[]]]]",
            "[null]",
            "{\"\":null}",
            "[".repeat(1100) + "]".repeat(1100),
            "{\"a\":".repeat(1100) + "1" + "}".repeat(1100),
            "[" + "0,".repeat(20_000) + "0]",
            "");

    private static final List<String> NAMES = List.of(
            "\"\"",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"__proto__\"",
            "\"" + "\ud83d\ude00".repeat(300) + "\"",
            "unquoted",
            "1");

    /** Values of a query or a header, in wire format. */
    private static final List<String> TEXTS = List.of(
            "",
            "true",
            "0",
            "-1",
            "1.5",
            "99999999999999999999",
            "%D9%A1", // a digit of another script
            "end",
            "%",
            "%zz",
            "%00",
            "%ff",
            "%ed%a0%80",
            "%2e%2e%2f",
            "+",
            "a&a=b",
            "/",
            "/etc/hostname",
            "/tmp/" + "x".repeat(300),
            "%F0%9F%98%80".repeat(100),
            "x".repeat(5000),
            "2026-01-01T00:00:00Z",
            "+1000000000-12-31T23:59:59Z",
            "running,,stopped",
            "base64",
            "*",
            "\"a\", W/\"b\"",
            "bytes=0-",
            "bytes=5-1",
            "bytes=0-0,1-1",
            "bytes=99999999999999999999-");

    private final Random random;

    Mutations(long seed) {
        this.random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    <T> T anyOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    String text() {
        return anyOf(TEXTS);
    }

    /** The document with one or a few changes. */
    byte[] of(JsonNode document) {
        byte[] json = write(document, 1 + random.nextInt(3)).getBytes(StandardCharsets.UTF_8);
        return random.nextInt(5) == 0 ? damage(json) : json;
    }

    private String write(JsonNode node, int changes) {
        if (!node.isObject() && !node.isArray()) {
            return random.nextInt(6) < changes ? anyOf(VALUES) : JSON.writeValueAsString(node);
        }
        if (random.nextInt(20) < changes) {
            return anyOf(VALUES);
        }
        List<String> parts = new ArrayList<>();
        for (JsonNode element : node.isArray() ? node : List.<JsonNode>of()) {
            parts.add(write(element, changes));
        }
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            String name = random.nextInt(30) < changes ? anyOf(NAMES) : JSON.writeValueAsString(field.getKey());
            parts.add(name + ":" + write(field.getValue(), changes));
        }
        if (!parts.isEmpty() && random.nextInt(12) < changes) {
            parts.remove(random.nextInt(parts.size()));
        }
        if (!parts.isEmpty() && random.nextInt(12) < changes) {
            parts.add(anyOf(parts)); // twice
        }
        String inside = String.join(",", parts);
        return node.isArray() ? "[" + inside + "]" : "{" + inside + "}";
    }

    private byte[] damage(byte[] json) {
        byte[] damaged = json.clone();
        switch (random.nextInt(5)) {
            case 0 -> damaged = java.util.Arrays.copyOf(json, random.nextInt(json.length + 1));
            case 1 -> damaged = new String(json, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16);
            case 2 -> damaged = joined(json, json);
            case 3 -> damaged = joined(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf}, json);
            default -> {
                for (int count = random.nextInt(4); count >= 0 && damaged.length > 0; count--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
            }
        }
        return damaged;
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }
}
