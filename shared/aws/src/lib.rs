//! The platform: DynamoDB, S3, SQS, Step Functions, the environment, the Lambda loop.
