package dev.hyperfleet.guest;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.random.RandomGenerator;

/** Messages of the protocol with arbitrary fields: plausible, extreme, or noise. */
final class RandomMessages {
    private static final List<Long> NUMBERS = List.of(
            0L,
            1L,
            2L,
            80L,
            65_536L,
            -1L,
            (long) Integer.MAX_VALUE,
            (long) Integer.MIN_VALUE,
            Long.MAX_VALUE / 2,
            Long.MAX_VALUE,
            Long.MIN_VALUE);
    private static final List<String> TEXTS = List.of(
            "",
            "process00000",
            "1a-2b",
            "/etc/passwd",
            "../../etc",
            "\r\nX-Injected: yes",
            "\u0000\u001b[31m\u202e",
            "\ud83d\ude00".repeat(400),
            "x".repeat(20_000));
    private static final int MAX_ELEMENTS = 4;
    private static final double PRESENT = 0.8;

    private final RandomGenerator random;

    RandomMessages(RandomGenerator random) {
        this.random = random;
    }

    Message like(Message prototype) {
        Message.Builder message = prototype.newBuilderForType();
        for (FieldDescriptor field : prototype.getDescriptorForType().getFields()) {
            if (random.nextDouble() > PRESENT) {
                continue;
            }
            if (!field.isRepeated()) {
                message.setField(field, value(message, field));
                continue;
            }
            for (int count = random.nextInt(MAX_ELEMENTS); count > 0; count--) {
                message.addRepeatedField(field, value(message, field));
            }
        }
        return message.build();
    }

    private Object value(Message.Builder message, FieldDescriptor field) {
        return switch (field.getJavaType()) {
            case INT -> (int) number();
            case LONG -> number();
            case FLOAT -> random.nextFloat();
            case DOUBLE -> random.nextDouble();
            case BOOLEAN -> random.nextBoolean();
            case STRING -> text();
            case BYTE_STRING -> bytes();
            case ENUM -> field.getEnumType().findValueByNumberCreatingIfUnknown(random.nextInt(9));
            case MESSAGE -> like(message.newBuilderForField(field).build());
        };
    }

    private long number() {
        return random.nextInt(4) == 0 ? random.nextLong() : NUMBERS.get(random.nextInt(NUMBERS.size()));
    }

    private String text() {
        return TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private ByteString bytes() {
        if (random.nextBoolean()) {
            return ByteString.copyFromUtf8(text());
        }
        byte[] noise = new byte[random.nextInt(200_000)];
        random.nextBytes(noise);
        return ByteString.copyFrom(noise);
    }
}
