/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json_number.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A positive number as 0.DIGITS times ten to the `point`. */
struct decimal {
    char digits[20];
    int count;
    int point;
};

/* The nearest decimal of `count` digits. printf's decimal point is the locale's, so what is not a
 * digit is skipped, whatever it is. */
static struct decimal
round_to(double value, int count)
{
    char text[64];
    struct decimal d = {.count = count};
    (void)snprintf(text, sizeof text, "%.*e", count - 1, value);
    int filled = 0;
    const char *at = text;
    for (; *at != 'e' && *at != '\0'; at++)
        if (*at >= '0' && *at <= '9' && filled < count)
            d.digits[filled++] = *at;
    d.point = 1 + (int)strtol(*at == 'e' ? at + 1 : "0", NULL, 10);
    return d;
}

/* Without a decimal point, and so without the locale's. */
static double
value_of(const struct decimal *d)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.*se%d", d->count, d->digits, d->point - d->count);
    return strtod(text, NULL);
}

/* One more in the last digit. */
static struct decimal
next_up(struct decimal d)
{
    int i = d.count - 1;
    for (; i >= 0 && d.digits[i] == '9'; i--)
        d.digits[i] = '0';
    if (i >= 0) {
        d.digits[i]++;
        return d;
    }
    d.digits[0] = '1';
    d.point++;
    return d;
}

static void
drop_zeros(struct decimal *d)
{
    while (d->count > 1 && d->digits[d->count - 1] == '0')
        d->count--;
}

/* The fewest digits that read back as `value`, and of those the nearest. Up to 15 digits survive
 * the way through a normal double, so that a shorter form shows as zeros at the end of the first
 * try. At a power of two the neighbours are twice as far above as below, and a decimal that is not
 * the nearest, but above, can be the one that reads back. */
static struct decimal
shortest(double value)
{
    int exponent = 0;
    bool is_power = frexp(value, &exponent) == 0.5;
    for (int count = isnormal(value) ? 15 : 1; count < 17; count++) {
        struct decimal d = round_to(value, count);
        if (value_of(&d) != value && is_power)
            d = next_up(d);
        if (value_of(&d) == value) {
            drop_zeros(&d);
            return d;
        }
    }
    return round_to(value, 17);
}

static void
put_zeros(struct cm_buf *to, int count)
{
    for (int i = 0; i < count; i++)
        cm_buf_putc(to, '0');
}

/* 1.25e+30: one digit, the others behind a point. */
static void
put_exponential(struct cm_buf *to, const struct decimal *d)
{
    cm_buf_add(to, d->digits, 1);
    if (d->count > 1) {
        cm_buf_putc(to, '.');
        cm_buf_add(to, d->digits + 1, (size_t)d->count - 1);
    }
    cm_buf_printf(to, "e%+d", d->point - 1);
}

static void
put_positional(struct cm_buf *to, const struct decimal *d)
{
    if (d->point <= 0) {
        cm_buf_puts(to, "0.");
        put_zeros(to, -d->point);
        cm_buf_add(to, d->digits, (size_t)d->count);
    } else if (d->point >= d->count) {
        cm_buf_add(to, d->digits, (size_t)d->count);
        put_zeros(to, d->point - d->count);
    } else {
        cm_buf_add(to, d->digits, (size_t)d->point);
        cm_buf_putc(to, '.');
        cm_buf_add(to, d->digits + d->point, (size_t)(d->count - d->point));
    }
}

void
cm_json_put_real(struct cm_buf *to, double value)
{
    if (!isfinite(value)) {
        to->failed = true;
        return;
    }
    if (value == 0) {
        cm_buf_putc(to, '0');
        return;
    }
    if (value < 0)
        cm_buf_putc(to, '-');
    struct decimal d = shortest(fabs(value));
    if (d.point > 21 || d.point < -5)
        put_exponential(to, &d);
    else
        put_positional(to, &d);
}
