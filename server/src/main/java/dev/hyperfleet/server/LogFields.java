package dev.hyperfleet.server;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/** What an event says beside its message, by name: numbers stay numbers, and what is null is left out. */
final class LogFields {
    private LogFields() {}

    static Map<String, Object> of(ILoggingEvent event) {
        Map<String, Object> fields = new LinkedHashMap<>(event.getMDCPropertyMap());
        for (KeyValuePair pair : Optional.ofNullable(event.getKeyValuePairs()).orElse(java.util.List.of())) {
            @Nullable Object value = pair.value;
            if (value instanceof Number || value instanceof Boolean) {
                fields.put(pair.key, value);
            } else if (value != null) {
                fields.put(pair.key, String.valueOf(value));
            }
        }
        return fields;
    }

    /** The stack trace; empty without an exception. */
    static Optional<String> exception(ILoggingEvent event) {
        @Nullable IThrowableProxy exception = event.getThrowableProxy();
        return Optional.ofNullable(exception).map(ThrowableProxyUtil::asString);
    }
}
