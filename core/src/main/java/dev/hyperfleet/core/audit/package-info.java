/** The audit log, whose records are chained so that none can be removed unnoticed. */
@NullMarked
package dev.hyperfleet.core.audit;

import org.jspecify.annotations.NullMarked;
