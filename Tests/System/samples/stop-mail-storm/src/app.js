// Stand-in for stopping mail storms with metrics and alarms. See ../../README.md.
const { CloudWatch } = require("@aws-sdk/client-cloudwatch");

// Habit: the aggregated client, with a method for each operation.
const cloudwatch = new CloudWatch();
const namespace = "mail-storm";

async function decide(event) {
  const addresses = event.envelope.recipients.map((recipient) => recipient.address);
  await cloudwatch.putMetricData({
    Namespace: namespace,
    MetricData: addresses.map((address) => ({
      MetricName: "Messages", Dimensions: [{ Name: "Recipient", Value: address }], Unit: "Count", Value: 1,
    })),
  });
  const names = addresses.map((address) => `${namespace}-${address}`);
  const { MetricAlarms: alarms = [] } = await cloudwatch.describeAlarms({ AlarmNames: names, AlarmTypes: ["MetricAlarm"] });
  for (const [index, name] of names.entries()) {
    if (alarms.some((alarm) => alarm.AlarmName === name)) continue;
    await cloudwatch.putMetricAlarm({
      AlarmName: name, Namespace: namespace, MetricName: "Messages", Statistic: "Sum", Period: 60, EvaluationPeriods: 1,
      Threshold: Number(process.env.THRESHOLD), ComparisonOperator: "GreaterThanThreshold",
      TreatMissingData: "notBreaching", Dimensions: [{ Name: "Recipient", Value: addresses[index] }],
    });
  }
  const stormy = addresses.filter((address) =>
    alarms.some((alarm) => alarm.AlarmName === `${namespace}-${address}` && alarm.StateValue === "ALARM"));
  // Habit: a bounce for nobody on most days.
  return {
    actions: [
      { action: { type: "BOUNCE", parameters: { bounceMessage: "mail storm" } }, recipients: stormy },
      { action: { type: "DEFAULT" }, allRecipients: true },
    ],
  };
}

// Habit: the callback style, which waits until the event loop is empty.
exports.lambdaHandler = (event, context, callback) => {
  decide(event).then((answer) => callback(null, answer)).catch((problem) => callback(problem));
};
