"""What a deployed stack costs a month when nobody uses it, item by item from the template."""

# us-east-1, on demand, without the free tier; https://aws.amazon.com/pricing of each service.
ALARM = 0.10
SQS_REQUEST = 0.40 / 1e6
LAMBDA_REQUEST = 0.20 / 1e6
LAMBDA_GB_SECOND_ARM = 0.0000133334
DYNAMODB_READ = 0.125 / 1e6
LOGS_GB = 0.50
MINUTES = 30 * 24 * 60
BUDGET = 3.00
# The operator's own, beside the stack: who names them to sign with pays them.
BESIDE = {"a key of KMS (CertificateKey)": 1.00, "a secret of Secrets Manager (CertificateSecret)": 0.40}


def bill(template) -> dict[str, float]:
    functions = template.functions()
    sweeps = sum(MINUTES for r in template.of("AWS::Events::Rule").values() if r.get("ScheduleExpression") == "rate(1 minute)")
    memory = functions["SettleFunction"]["MemorySize"] / 1024
    # A mapping with MaximumConcurrency keeps five pollers on its queue, each asking every 20 seconds; reading the stream is free.
    mappings = sum("ScalingConfig" in m for m in template.of("AWS::Lambda::EventSourceMapping").values())
    return {
        f"{len(template.of('AWS::CloudWatch::Alarm'))} alarms": len(template.of("AWS::CloudWatch::Alarm")) * ALARM,
        f"polling {mappings} queues": mappings * 5 * 3 * MINUTES * SQS_REQUEST,
        "sweeps, requests": sweeps * LAMBDA_REQUEST,
        "sweeps, 50 ms each": sweeps * 0.05 * memory * LAMBDA_GB_SECOND_ARM,
        "sweeps, 17 table reads each": sweeps * 17 * DYNAMODB_READ,
        "sweeps, 4 queue lengths each": sweeps * 4 * SQS_REQUEST,
        "sweeps, 1 KB of log each": sweeps * 1e-6 * LOGS_GB,
        "customer-managed keys": sum(1 for r in template.resources.values() if r["Type"] == "AWS::KMS::Key") * 1.00,
    }


def test_an_idle_stack_costs_at_most_three_dollars_a_month(template, capsys):
    items = bill(template)
    with capsys.disabled():
        print("\n  idle, dollars a month")
        for what, dollars in items.items():
            print(f"    {dollars:6.3f}  {what}")
        print(f"    {sum(items.values()):6.3f}  in all, budget {BUDGET:.2f}")
        for what, dollars in BESIDE.items():
            print(f"    {dollars:6.3f}  beside it, where it is used: {what}")
    assert sum(items.values()) <= BUDGET


def test_nothing_that_costs_by_the_hour_is_in_the_template(template):
    hourly = ("AWS::EC2::", "AWS::ECS::", "AWS::RDS::", "AWS::ElastiCache::", "AWS::SageMaker::", "AWS::WAFv2::", "AWS::SecretsManager::", "AWS::Kinesis::")
    assert not [n for n, r in template.resources.items() if r["Type"].startswith(hourly)]
