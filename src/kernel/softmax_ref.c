/* softmax_ref.c - softmax of one row and its cross-entropy: the definition */
#include "kernel/variant.h"

#include <assert.h>
#include <math.h>

static float largest(size_t V, const float *x)
{
    float max = x[0];

    for (size_t v = 1; v < V; v++)
        if (x[v] > max)
            max = x[v];
    return max;
}

/* ln sum exp(x), with the largest taken out so that nothing overflows. */
static double log_sum(size_t V, const float *x)
{
    float max = largest(V, x);
    double sum = 0;

    for (size_t v = 0; v < V; v++)
        sum += exp((double)x[v] - (double)max);
    return (double)max + log(sum);
}

double ch_softmax_cost_ref(size_t V, const float *logit, size_t target)
{
    assert(target < V);
    return log_sum(V, logit) - (double)logit[target];
}

double ch_softmax_loss_ref(size_t V, float *logit, size_t target)
{
    double lse = log_sum(V, logit);
    double loss = lse - (double)logit[target];

    assert(target < V);
    for (size_t v = 0; v < V; v++)
        logit[v] = (float)exp((double)logit[v] - lse);
    logit[target] -= 1.0f;
    return loss;
}

void ch_softmax_log_ref(size_t V, float *logit)
{
    double lse = log_sum(V, logit);

    for (size_t v = 0; v < V; v++)
        logit[v] = (float)((double)logit[v] - lse);
}
