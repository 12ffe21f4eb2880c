// The platform of stacks/ as a CDK team would write it: the same twelve stacks an environment, L2 constructs.
// `CDK_DEFAULT_*` is not used: like ours, synthesis looks nothing up.
const cdk = require('aws-cdk-lib');
const {
  aws_applicationautoscaling: scaling, aws_budgets: budgets, aws_certificatemanager: acm, aws_cloudtrail: cloudtrail,
  aws_cloudwatch: cw, aws_cloudwatch_actions: actions, aws_dynamodb: dynamodb, aws_ec2: ec2, aws_ecr: ecr, aws_ecs: ecs,
  aws_elasticloadbalancingv2: elb, aws_events: events, aws_events_targets: targets, aws_fis: fis, aws_iam: iam,
  aws_kms: kms, aws_lambda: lambda, aws_logs: logs, aws_route53: route53, aws_s3: s3, aws_sns: sns,
  aws_sns_subscriptions: subscriptions, aws_sqs: sqs,
} = cdk;

const app = new cdk.App();
const regions = { dev: '111111111111', staging: '222222222222', prod: '333333333333' };

for (const [name, account] of Object.entries(regions)) {
  const prod = name === 'prod';
  const env = { account, region: 'eu-west-1' };
  const stack = (id) => {
    const s = new cdk.Stack(app, `slipway-${name}-${id}`, { env, stackName: `slipway-${name}-${id}` });
    for (const [k, v] of Object.entries({ platform: 'slipway', environment: name, service: id, owner: 'platform-team', 'cost-center': 'platform' })) {
      cdk.Tags.of(s).add(k, v);
    }
    return s;
  };

  // foundation
  const foundation = stack('foundation');
  const trailKey = new kms.Key(foundation, 'TrailKey', { enableKeyRotation: true });
  const trailLogs = new logs.LogGroup(foundation, 'TrailLogs', { retention: 90, encryptionKey: trailKey });
  const trailBucket = new s3.Bucket(foundation, 'TrailBucket', { encryption: s3.BucketEncryption.KMS, encryptionKey: trailKey, enforceSSL: true, versioned: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL });
  new cloudtrail.Trail(foundation, 'Trail', { bucket: trailBucket, cloudWatchLogGroup: trailLogs, sendToCloudWatchLogs: true, enableFileValidation: true, encryptionKey: trailKey });
  const boundary = new iam.ManagedPolicy(foundation, 'Boundary', { statements: [
    new iam.PolicyStatement({ actions: ['s3:*', 'dynamodb:*', 'sqs:*', 'logs:*', 'kms:Decrypt'], resources: ['*'] }),
    new iam.PolicyStatement({ effect: iam.Effect.DENY, actions: ['iam:*', 'organizations:*'], resources: ['*'] }),
  ] });
  const provider = new iam.OpenIdConnectProvider(foundation, 'GitHub', { url: 'https://token.actions.githubusercontent.com', clientIds: ['sts.amazonaws.com'] });
  for (const role of ['build', 'plan', 'release', 'execution']) {
    const r = new iam.Role(foundation, `Role${role}`, { roleName: `slipway-${role}`, assumedBy: new iam.WebIdentityPrincipal(provider.openIdConnectProviderArn, { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } }) });
    r.addToPolicy(new iam.PolicyStatement({ actions: ['cloudformation:DescribeStacks', 'cloudformation:CreateChangeSet', 'cloudformation:DescribeChangeSet'], resources: [`arn:aws:cloudformation:*:${account}:stack/slipway-*/*`] }));
  }
  new budgets.CfnBudget(foundation, 'Budget', { budget: { budgetType: 'COST', timeUnit: 'MONTHLY', budgetLimit: { amount: 200, unit: 'USD' } }, notificationsWithSubscribers: [50, 80, 100].map((threshold) => ({ notification: { notificationType: 'ACTUAL', comparisonOperator: 'GREATER_THAN', threshold, thresholdType: 'PERCENTAGE' }, subscribers: [{ subscriptionType: 'EMAIL', address: 'platform@example.com' }] })) });

  // registry
  const registry = stack('registry');
  const repositories = Object.fromEntries(['app', 'web', 'bot'].map((n) => [n, new ecr.Repository(registry, `Repository${n}`, { repositoryName: `slipway-${name}/${n}`, imageScanOnPush: true, imageTagMutability: ecr.TagMutability.IMMUTABLE, lifecycleRules: [{ maxImageCount: 10 }] })]));

  // certificate, alerts
  const certificateStack = stack('certificate');
  const zone = route53.HostedZone.fromHostedZoneAttributes(certificateStack, 'Zone', { hostedZoneId: 'Z0333333PRODZONE', zoneName: 'example.com' });
  const certificate = new acm.Certificate(certificateStack, 'Certificate', { domainName: `${name}.example.com`, subjectAlternativeNames: [`*.${name}.example.com`], validation: acm.CertificateValidation.fromDns(zone) });
  const alerts = stack('alerts');
  const key = new kms.Key(alerts, 'Key', { enableKeyRotation: true, alias: `slipway-${name}` });
  key.addToResourcePolicy(new iam.PolicyStatement({ principals: [new iam.ServicePrincipal('logs.eu-west-1.amazonaws.com')], actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*'], resources: ['*'] }));
  const topic = new sns.Topic(alerts, 'Topic', { masterKey: key });
  topic.addSubscription(new subscriptions.EmailSubscription('oncall@example.com'));

  // network
  const network = stack('network');
  const vpc = new ec2.Vpc(network, 'Vpc', { natGateways: prod ? 2 : 1, availabilityZones: ['eu-west-1a', 'eu-west-1b'], ipAddresses: ec2.IpAddresses.cidr('10.0.0.0/16'), subnetConfiguration: [{ name: 'public', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24 }, { name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 24 }], flowLogs: { cloudwatch: { destination: ec2.FlowLogDestination.toCloudWatchLogs(new logs.LogGroup(network, 'FlowLogs', { retention: 7, encryptionKey: key })), trafficType: ec2.FlowLogTrafficType.REJECT } }, gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 }, dynamodb: { service: ec2.GatewayVpcEndpointAwsService.DYNAMODB } } });
  for (const [kind, selection] of [['Public', { subnetType: ec2.SubnetType.PUBLIC }], ['Private', { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }]]) {
    const acl = new ec2.NetworkAcl(network, `${kind}Acl`, { vpc, subnetSelection: selection });
    [[100, 443], [110, 80], [120, 3306], [130, 5432]].forEach(([ruleNumber, port]) => {
      acl.addEntry(`In${port}`, { ruleNumber, cidr: ec2.AclCidr.ipv4(kind === 'Public' ? '0.0.0.0/0' : '10.0.0.0/16'), traffic: ec2.AclTraffic.tcpPort(port), direction: ec2.TrafficDirection.INGRESS });
      acl.addEntry(`Out${port}`, { ruleNumber, cidr: ec2.AclCidr.anyIpv4(), traffic: ec2.AclTraffic.tcpPort(port), direction: ec2.TrafficDirection.EGRESS });
    });
    acl.addEntry('InEphemeral', { ruleNumber: 200, cidr: ec2.AclCidr.anyIpv4(), traffic: ec2.AclTraffic.tcpPortRange(1024, 65535), direction: ec2.TrafficDirection.INGRESS });
    acl.addEntry('OutEphemeral', { ruleNumber: 200, cidr: ec2.AclCidr.anyIpv4(), traffic: ec2.AclTraffic.tcpPortRange(1024, 65535), direction: ec2.TrafficDirection.EGRESS });
  }

  // data
  const data = stack('data');
  const table = new dynamodb.Table(data, 'Items', { partitionKey: { name: 'id', type: dynamodb.AttributeType.STRING }, billingMode: dynamodb.BillingMode.PAY_PER_REQUEST, encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey: key, pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true } });
  new s3.Bucket(data, 'Uploads', { encryption: s3.BucketEncryption.KMS, encryptionKey: key, enforceSSL: true, versioned: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, lifecycleRules: [{ noncurrentVersionExpiration: cdk.Duration.days(30) }] });

  // cluster
  const clusterStack = stack('cluster');
  const cluster = new ecs.Cluster(clusterStack, 'Cluster', { vpc, enableFargateCapacityProviders: true, defaultCloudMapNamespace: { name: `slipway-${name}`, useForServiceConnect: true } });
  const accessLogs = new s3.Bucket(clusterStack, 'AccessLogs', { encryption: s3.BucketEncryption.S3_MANAGED, enforceSSL: true, blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL, lifecycleRules: [{ expiration: cdk.Duration.days(30) }] });
  const balancer = new elb.ApplicationLoadBalancer(clusterStack, 'LoadBalancer', { vpc, internetFacing: true, deletionProtection: prod, dropInvalidHeaderFields: true, desyncMitigationMode: elb.DesyncMitigationMode.STRICTEST });
  balancer.logAccessLogs(accessLogs);
  const listener = balancer.addListener('Https', { port: 443, certificates: [certificate], sslPolicy: elb.SslPolicy.TLS13_RES, defaultAction: elb.ListenerAction.fixedResponse(404) });
  balancer.addRedirect();

  // two services
  const services = {};
  ['app', 'web'].forEach((id, i) => {
    const s = stack(`service-${id}`);
    const image = new cdk.CfnParameter(s, 'ImageUri', { allowedPattern: '^.+@sha256:[0-9a-f]{64}$' });
    const task = new ecs.FargateTaskDefinition(s, 'Task', { cpu: 256, memoryLimitMiB: 512, runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX } });
    const group = new logs.LogGroup(s, 'Logs', { retention: 7, encryptionKey: key });
    task.addContainer(id, { image: ecs.ContainerImage.fromRegistry(image.valueAsString), readonlyRootFilesystem: true, user: '65532', portMappings: [{ containerPort: 8080, name: 'http' }], logging: ecs.LogDrivers.awsLogs({ logGroup: group, streamPrefix: id }), environment: { LOG_LEVEL: 'info' } });
    repositories[id].grantPull(task.obtainExecutionRole());
    if (id === 'app') table.grantReadWriteData(task.taskRole);
    const service = new ecs.FargateService(s, 'Service', { cluster, taskDefinition: task, minHealthyPercent: 100, maxHealthyPercent: 200, circuitBreaker: { rollback: true }, serviceConnectConfiguration: { services: [{ portMappingName: 'http', dnsName: id, port: 8080 }] }, vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS } });
    const target = new elb.ApplicationTargetGroup(s, 'Target', { vpc, port: 8080, protocol: elb.ApplicationProtocol.HTTP, targetType: elb.TargetType.IP, healthCheck: { path: '/health' }, deregistrationDelay: cdk.Duration.seconds(30) });
    service.attachToApplicationTargetGroup(target);
    new elb.ApplicationListenerRule(s, 'Rule', { listener: elb.ApplicationListener.fromApplicationListenerAttributes(s, 'Listener', { listenerArn: listener.listenerArn, securityGroup: ec2.SecurityGroup.fromSecurityGroupId(s, 'BalancerGroup', balancer.connections.securityGroups[0].securityGroupId) }), priority: 100 + i, conditions: [elb.ListenerCondition.hostHeaders([`${id}.${name}.example.com`])], action: elb.ListenerAction.forward([target]) });
    const scale = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 10 });
    scale.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 70, disableScaleIn: true });
    scale.scaleOnMetric('Steps', { metric: service.metricCpuUtilization(), scalingSteps: [{ upper: 50, change: -1 }, { lower: 85, change: 2 }], adjustmentType: scaling.AdjustmentType.CHANGE_IN_CAPACITY });
    const alarm = (n, metric, threshold) => { const a = new cw.Alarm(s, n, { metric, threshold, evaluationPeriods: 3, treatMissingData: cw.TreatMissingData.NOT_BREACHING }); a.addAlarmAction(new actions.SnsAction(sns.Topic.fromTopicArn(s, `Topic${n}`, topic.topicArn))); return a; };
    const alarms = [
      alarm('Errors', target.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT), 10), alarm('Latency', target.metrics.targetResponseTime(), 2),
      alarm('Unhealthy', target.metrics.unhealthyHostCount(), 1), alarm('CpuHigh', service.metricCpuUtilization(), 90),
      alarm('MemoryHigh', service.metricMemoryUtilization(), 90), alarm('NoTask', target.metrics.healthyHostCount(), 1),
    ];
    services[id] = { service, target, alarms };
  });

  // function
  const fn = stack('function-events');
  const dead = new sqs.Queue(fn, 'Dead', { encryptionMasterKey: key, enforceSSL: true });
  const handler = new lambda.Function(fn, 'Handler', { runtime: lambda.Runtime.PYTHON_3_13, handler: 'index.handler', code: lambda.Code.fromInline('def handler(event, context):\n    return {}\n'), deadLetterQueue: dead, reservedConcurrentExecutions: 5, logGroup: new logs.LogGroup(fn, 'Logs', { retention: 7 }) });
  new events.Rule(fn, 'Rule', { eventPattern: { source: ['aws.ecs', 'aws.cloudformation'] }, targets: [new targets.LambdaFunction(handler, { deadLetterQueue: dead })] });

  // observability
  const observability = stack('observability');
  const dashboard = new cw.Dashboard(observability, 'Dashboard', { dashboardName: `slipway-${name}` });
  for (const [id, s] of Object.entries(services)) {
    new cw.CompositeAlarm(observability, `Composite${id}`, { alarmRule: cw.AlarmRule.anyOf(...s.alarms.map((a) => cw.AlarmRule.fromAlarm(a, cw.AlarmState.ALARM))) });
    dashboard.addWidgets(new cw.GraphWidget({ title: id, left: [s.service.metricCpuUtilization(), s.service.metricMemoryUtilization()] }), new cw.GraphWidget({ title: `${id} traffic`, left: [s.target.metrics.requestCount()] }));
  }
  for (const pattern of ['root', 'mfa', 'denied', 'policy']) {
    new logs.MetricFilter(observability, `Filter${pattern}`, { logGroup: logs.LogGroup.fromLogGroupName(observability, `Trail${pattern}`, 'trail'), metricName: pattern, metricNamespace: 'slipway', filterPattern: logs.FilterPattern.literal(`{ $.eventName = "${pattern}" }`) });
    new cw.Alarm(observability, `Alarm${pattern}`, { metric: new cw.Metric({ namespace: 'slipway', metricName: pattern }), threshold: 1, evaluationPeriods: 1 });
  }
  new events.Rule(observability, 'Failed', { eventPattern: { source: ['aws.ecs'], detailType: ['ECS Deployment State Change'] }, targets: [new targets.SnsTopic(sns.Topic.fromTopicArn(observability, 'Topic', topic.topicArn))] });

  // edge and chaos in one stack each would make thirteen: the experiment stands with the records
  const edge = stack('edge');
  for (const id of ['app', 'web']) {
    new route53.ARecord(edge, `Record${id}`, { zone: route53.HostedZone.fromHostedZoneAttributes(edge, `Zone${id}`, { hostedZoneId: 'Z0333333PRODZONE', zoneName: 'example.com' }), recordName: `${id}.${name}`, target: route53.RecordTarget.fromAlias({ bind: () => ({ dnsName: balancer.loadBalancerDnsName, hostedZoneId: balancer.loadBalancerCanonicalHostedZoneId }) }) });
  }
  const fisRole = new iam.Role(edge, 'FisRole', { assumedBy: new iam.ServicePrincipal('fis.amazonaws.com') });
  new fis.CfnExperimentTemplate(edge, 'KillTasks', { description: 'Stop half of the tasks', roleArn: fisRole.roleArn, stopConditions: [{ source: 'none' }], targets: { tasks: { resourceType: 'aws:ecs:task', selectionMode: 'PERCENT(50)', resourceTags: { service: 'app' } } }, actions: { stop: { actionId: 'aws:ecs:stop-task', targets: { Tasks: 'tasks' } } }, tags: { Name: 'kill' } });
}
app.synth();
